//! Decisions a second: GATOS beside regorus (its interpreter and its register machine) and Cedar, in one
//! run on one core, by the process's CPU time. Every contender decides every input anew; all must agree.

mod cases;
mod ours;
mod peers;

use peers::Contender;
use std::time::Duration;

/// CPU time of this process, user and system.
fn cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let ns = stat.split_whitespace().next().and_then(|n| n.parse().ok()).unwrap_or(0);
    Duration::from_nanos(ns)
}

/// Nanoseconds a decision: the best of the rounds, each long enough to be measured. Reading the
/// clock is slow, so some milliseconds of work lie between two readings.
fn measure(decide: &mut dyn FnMut(usize) -> bool, inputs: usize, rounds: usize, slice: Duration) -> f64 {
    let (start, mut passes) = (cpu(), 0u32);
    while cpu() - start < Duration::from_millis(20) {
        (0..inputs).for_each(|i| _ = std::hint::black_box(decide(i)));
        passes += 1;
    }
    let batch = (passes / 4).max(1);
    let mut best = f64::INFINITY;
    for _ in 0..rounds {
        let (start, mut n) = (cpu(), 0u64);
        loop {
            for _ in 0..batch {
                (0..inputs).for_each(|i| _ = std::hint::black_box(decide(i)));
            }
            n += inputs as u64 * u64::from(batch);
            let t = cpu() - start;
            if t >= slice {
                best = best.min(t.as_nanos() as f64 / n as f64);
                break;
            }
        }
    }
    best
}

fn rate(ns: f64) -> String {
    let per = 1e9 / ns;
    if per >= 1e6 {
        format!("{:.2}M", per / 1e6)
    } else if per >= 1e4 {
        format!("{:.0}k", per / 1e3)
    } else {
        format!("{:.2}k", per / 1e3)
    }
}

fn main() {
    let (mut rounds, mut only) = (3, Vec::new());
    let mut args = std::env::args().skip(1);
    while let Some(a) = args.next() {
        if a == "--rounds" {
            rounds = args.next().and_then(|n| n.parse().ok()).unwrap_or(rounds);
        } else {
            only.push(a);
        }
    }
    let slice = Duration::from_millis(200);
    for from_text in [false, true] {
        println!("{}", if from_text { "from JSON text" } else { "from pre-decoded input" });
        println!(
            "{:<12} {:>10} {:>12} {:>14} {:>10}   {}",
            "", "GATOS", "regorus", "regorus RVM", "Cedar", "GATOS / fastest peer"
        );
        for case in cases::all() {
            if !only.is_empty() && !only.iter().any(|o| o == case.id) {
                continue;
            }
            let mut all: Vec<Option<Contender>> = vec![
                Some(ours::gatos(&case)),
                Some(peers::regorus(&case)),
                Some(peers::rvm(&case)),
                peers::cedar(&case),
            ];
            let n = case.inputs.len();
            for i in 0..n {
                let answers: Vec<(&str, bool)> = (all.iter_mut().flatten())
                    .map(|c| (c.name, if from_text { (c.from_text)(i) } else { (c.decoded)(i) }))
                    .collect();
                assert!(answers.windows(2).all(|w| w[0].1 == w[1].1), "{} input {i}: {answers:?}", case.id);
            }
            let times: Vec<Option<f64>> = (all.iter_mut())
                .map(|c| {
                    c.as_mut()
                        .map(|c| measure(if from_text { &mut c.from_text } else { &mut c.decoded }, n, rounds, slice))
                })
                .collect();
            let show = |i: usize| times[i].map_or("-".to_string(), rate);
            let peer = times[1..].iter().flatten().copied().fold(f64::INFINITY, f64::min);
            let ratio = times[0].map_or("-".to_string(), |t| format!("{:.1}", peer / t));
            println!("{:<12} {:>10} {:>12} {:>14} {:>10}   {}", case.title, show(0), show(1), show(2), show(3), ratio);
        }
        println!();
    }
}
