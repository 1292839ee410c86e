//! Networks: an address and how many of its leading bits are fixed, IPv4 and IPv6 alike.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The two families.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Family {
    /// 32 bits.
    V4,
    /// 128 bits.
    V6,
}

impl Family {
    fn bits(self) -> u32 {
        match self {
            Family::V4 => 32,
            Family::V6 => 128,
        }
    }

    /// The largest address.
    fn top(self) -> u128 {
        match self {
            Family::V4 => u128::from(u32::MAX),
            Family::V6 => u128::MAX,
        }
    }
}

/// An address.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Address {
    /// Its family.
    pub family: Family,
    /// Its bits, as a number.
    pub bits: u128,
}

/// A network; the bits past the prefix are 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Network {
    /// Its first address.
    pub first: Address,
    /// How many bits are fixed.
    pub prefix: u32,
}

impl Address {
    /// Reads `10.1.2.3` or `2001:db8::1`. An IPv4 address in IPv6 dress (`::ffff:10.1.2.3`) is that IPv4 address.
    pub fn parse(text: &str) -> Option<Address> {
        let plain = Address::plain(text)?;
        Some(Network { first: plain, prefix: plain.family.bits() }.undressed().first)
    }

    fn plain(text: &str) -> Option<Address> {
        Some(match text.parse().ok()? {
            IpAddr::V4(a) => Address { family: Family::V4, bits: u128::from(u32::from(a)) },
            IpAddr::V6(a) => Address { family: Family::V6, bits: u128::from(a) },
        })
    }
}

impl core::fmt::Display for Address {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self.family {
            Family::V4 => write!(f, "{}", Ipv4Addr::from(self.bits as u32)),
            Family::V6 => write!(f, "{}", Ipv6Addr::from(self.bits)),
        }
    }
}

impl Network {
    /// The network of a prefix that an address lies in.
    fn around(address: Address, prefix: u32) -> Network {
        let host = address.family.bits() - prefix;
        let mask = if host >= 128 { 0 } else { u128::MAX << host };
        Network { first: Address { bits: address.bits & mask, ..address }, prefix }
    }

    /// Reads `10.0.0.0/8`; bits past the prefix are dropped.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(text: &str) -> Result<Network, String> {
        let wrong = || format!("`{text}` is not a network, as in `10.0.0.0/8` or `2001:db8::/32`");
        let (address, prefix) = text.split_once('/').ok_or_else(wrong)?;
        let address = Address::plain(address).ok_or_else(wrong)?;
        if prefix.is_empty() || prefix.len() > 3 || !prefix.bytes().all(|b| b.is_ascii_digit()) {
            return Err(wrong());
        }
        let prefix: u32 = prefix.parse().map_err(|_| wrong())?;
        if prefix > address.family.bits() {
            return Err(wrong());
        }
        Ok(Network::around(address, prefix).undressed())
    }

    /// The IPv4 network that an IPv6 one in `::ffff:0:0/96` stands for.
    fn undressed(self) -> Network {
        if self.first.family == Family::V6 && self.prefix >= 96 && self.first.bits >> 32 == 0xffff {
            let bits = self.first.bits & u128::from(u32::MAX);
            return Network { first: Address { family: Family::V4, bits }, prefix: self.prefix - 96 };
        }
        self
    }

    /// An address or a network, for a merge: an IPv4 address alone stands for the network of its class, as it did
    /// before networks had prefixes.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse_loosely(text: &str) -> Result<Network, String> {
        match Address::parse(text) {
            None => Network::parse(text),
            Some(Address { family: Family::V6, .. }) => Err("IPv6 invalid: needs prefix length".to_string()),
            Some(address) => {
                let prefix = match address.bits >> 24 {
                    0..0x80 => 8,
                    0x80..0xc0 => 16,
                    _ => 24,
                };
                Ok(Network::around(address, prefix))
            }
        }
    }

    /// The last address, as a number.
    pub fn last(&self) -> u128 {
        let host = self.first.family.bits() - self.prefix;
        let rest = if host >= 128 { u128::MAX } else { (1 << host) - 1 };
        self.first.bits | rest
    }

    /// How many addresses there are; the whole of IPv6 counts one too few.
    pub fn size(&self) -> u128 {
        (self.last() - self.first.bits).saturating_add(1)
    }

    /// Whether an address lies in it.
    pub fn contains(&self, address: Address) -> bool {
        address.family == self.first.family && (self.first.bits..=self.last()).contains(&address.bits)
    }

    /// Whether all addresses of another network lie in it.
    pub fn contains_all(&self, other: &Network) -> bool {
        self.contains(other.first) && self.prefix <= other.prefix
    }

    /// Whether some address lies in both.
    pub fn meets(&self, other: &Network) -> bool {
        self.contains(other.first) || other.contains(self.first)
    }
}

impl core::fmt::Display for Network {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}/{}", self.first, self.prefix)
    }
}

/// The fewest networks that hold exactly the addresses of these, in order.
pub fn merge(mut networks: Vec<Network>) -> Vec<Network> {
    networks.sort();
    let mut out = Vec::new();
    let mut i = 0;
    while i < networks.len() {
        let family = networks[i].first.family;
        let (first, mut last) = (networks[i].first.bits, networks[i].last());
        i += 1;
        // What overlaps or follows at once belongs to the same range.
        while let Some(next) = networks.get(i)
            && next.first.family == family
            && (next.first.bits <= last || next.first.bits - last == 1)
        {
            last = last.max(next.last());
            i += 1;
        }
        split(family, first, last, &mut out);
    }
    out
}

/// A range as networks: each as large as its place and what is left allow.
fn split(family: Family, first: u128, last: u128, out: &mut Vec<Network>) {
    let bits = family.bits();
    let mut at = first;
    loop {
        let mut host = at.trailing_zeros().min(bits);
        // 2^host - 1 more addresses must be left.
        while host > 0 && (if host >= 128 { u128::MAX } else { (1u128 << host) - 1 }) > last - at {
            host -= 1;
        }
        let network = Network { first: Address { family, bits: at }, prefix: bits - host };
        out.push(network);
        let end = network.last();
        if end >= last || end == family.top() {
            return;
        }
        at = end + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeSet;
    use alloc::vec;

    fn net(text: &str) -> Network {
        Network::parse(text).unwrap()
    }

    fn merged(texts: &[&str]) -> Vec<String> {
        merge(texts.iter().map(|t| Network::parse_loosely(t).unwrap()).collect())
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn reading_and_writing() {
        assert_eq!(net("172.16.100.255/30").to_string(), "172.16.100.252/30");
        assert_eq!(net("2601:600:8a80:207e:a57d:7567:e2c9:e7b3/64").to_string(), "2601:600:8a80:207e::/64");
        assert_eq!(net("::ffff:10.1.2.3/104").to_string(), "10.0.0.0/8");
        assert_eq!(net("::/0").last(), u128::MAX);
        assert_eq!(net("0.0.0.0/0").size(), 1 << 32);
        for wrong in [
            "",
            "10.0.0.0",
            "10.0.0.0/",
            "10.0.0.0/33",
            "10.0.0/8",
            "::/129",
            "10.0.0.0/+8",
            "010.0.0.0/8",
            "1.2.3.4/ 8",
            "fe80::1%eth0/64",
            "a/8",
        ] {
            assert!(Network::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn holding_and_meeting() {
        assert!(net("10.0.0.0/8").contains_all(&net("10.1.0.0/24")));
        assert!(!net("172.17.0.0/24").contains_all(&net("172.17.0.0/16")));
        assert!(net("172.17.0.0/24").meets(&net("172.17.0.0/16")));
        assert!(!net("10.0.0.0/8").meets(&net("::/0")));
        assert!(net("10.0.0.0/8").contains(Address::parse("::ffff:10.9.9.9").unwrap()));
        assert!(!net("::/0").contains(Address::parse("10.9.9.9").unwrap()));
    }

    #[test]
    fn merging() {
        assert_eq!(merged(&["192.0.128.0/24", "192.0.129.0/24"]), ["192.0.128.0/23"]);
        assert_eq!(merged(&["192.0.129.0/24", "192.0.130.0/24"]), ["192.0.129.0/24", "192.0.130.0/24"]);
        assert_eq!(merged(&["192.0.2.112", "192.0.2.116/31"]), ["192.0.2.0/24"]);
        assert_eq!(merged(&["0.0.0.0/1", "128.0.0.0/1", "::/1", "8000::/1"]), ["0.0.0.0/0", "::/0"]);
        assert_eq!(merged(&["10.1.2.3"]), ["10.0.0.0/8"]);
        assert_eq!(Network::parse_loosely("::1").unwrap_err(), "IPv6 invalid: needs prefix length");
        assert!(merge(vec![]).is_empty());
    }

    #[test]
    fn a_merge_holds_the_same_addresses_in_the_fewest_networks() {
        // Networks over the last byte of one small network, drawn from a fixed sequence.
        let mut seed = 7u32;
        for _ in 0..300 {
            let mut networks = Vec::new();
            for _ in 0..seed % 9 {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let address = Address { family: Family::V4, bits: u128::from(0x0a00_0000 | seed >> 24) };
                networks.push(Network::around(address, 24 + (seed >> 8) % 9));
            }
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let all = |ns: &[Network]| -> BTreeSet<u128> { ns.iter().flat_map(|n| n.first.bits..=n.last()).collect() };
            let want = all(&networks);
            let have = merge(networks);
            assert_eq!(all(&have), want);
            assert_eq!(have.iter().map(Network::size).sum::<u128>(), want.len() as u128);
            // None lies beside its other half.
            for n in &have {
                let half = Address { bits: n.first.bits ^ n.size(), ..n.first };
                assert!(n.prefix == 24 || !have.contains(&Network { first: half, prefix: n.prefix }));
            }
        }
    }
}
