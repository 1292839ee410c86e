//! The sort of `table.sort` and `dsort`: stable, and the same comparisons in the same order
//! everywhere, so that even a comparator that contradicts itself gives one result.
//!
//! The algorithm is part of the language. (1) Each run of 8 elements from the left is sorted
//! by insertion: elements are taken from left to right, and each is compared with its left
//! neighbours, nearest first, until it is not less than one. (2) Neighbouring runs are merged
//! in pairs from left to right, and run lengths double, until one is left. A merge first
//! asks whether the first of the right run is less than the last of the left run, and does
//! nothing more when it is not. Otherwise it compares the heads of both and takes the right
//! one only when it is less, until one run is empty.

use alloc::vec::Vec;

const RUN: usize = 8;

/// Sorts by `less`.
///
/// # Errors
/// The first error that `less` gives; the order of the elements then means nothing.
pub fn sort<T: Copy, E>(items: &mut [T], mut less: impl FnMut(T, T) -> Result<bool, E>) -> Result<(), E> {
    for run in items.chunks_mut(RUN) {
        for i in 1..run.len() {
            let x = run[i];
            let mut j = i;
            while j > 0 && less(x, run[j - 1])? {
                run[j] = run[j - 1];
                j -= 1;
            }
            run[j] = x;
        }
    }
    let len = items.len();
    let mut left_run: Vec<T> = Vec::with_capacity(if len > RUN { len.div_ceil(2).max(RUN) } else { 0 });
    let mut width = RUN;
    while width < len {
        let mut start = 0;
        while len - start > width {
            let mid = start + width;
            let end = mid + width.min(len - mid);
            if less(items[mid], items[mid - 1])? {
                left_run.clear();
                left_run.extend_from_slice(&items[start..mid]);
                let (mut l, mut r, mut out) = (0, mid, start);
                while l < left_run.len() && r < end {
                    if less(items[r], left_run[l])? {
                        items[out] = items[r];
                        r += 1;
                    } else {
                        items[out] = left_run[l];
                        l += 1;
                    }
                    out += 1;
                }
                let rest = &left_run[l..];
                items[out..out + rest.len()].copy_from_slice(rest);
            }
            start = end;
        }
        width = width.saturating_mul(2);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    fn noise(n: usize, seed: u32) -> Vec<(u32, usize)> {
        let mut x = seed | 1;
        (0..n)
            .map(|i| {
                x ^= x << 13;
                x ^= x >> 17;
                x ^= x << 5;
                (x % 50, i)
            })
            .collect()
    }

    #[test]
    fn sorts_stably_at_every_length() {
        for n in (0..70).chain([127, 128, 129, 1000]) {
            let mut v = noise(n, 7 + n as u32);
            let mut want = v.clone();
            want.sort_by_key(|x| x.0);
            sort(&mut v, |a, b| Ok::<_, ()>(a.0 < b.0)).unwrap();
            assert_eq!(v, want);
        }
    }

    #[test]
    fn comparisons_stay_near_n_log_n_and_sorted_input_is_linear() {
        let count = |mut v: Vec<(u32, usize)>| {
            let mut n = 0;
            sort(&mut v, |a, b| {
                n += 1;
                Ok::<_, ()>(a.0 < b.0)
            })
            .unwrap();
            n
        };
        assert!(count(noise(4096, 3)) < 4096 * 14);
        assert!(count((0..4096).map(|i| (i as u32, i)).collect()) < 2 * 4096);
    }

    #[test]
    fn a_contradictory_comparator_keeps_every_element() {
        for pattern in 0..64u32 {
            let mut v: Vec<usize> = (0..100).collect();
            let mut n = 0;
            sort(&mut v, |_, _| {
                n += 1;
                Ok::<_, ()>(pattern >> (n % 6) & 1 == 1)
            })
            .unwrap();
            let mut seen = v.clone();
            seen.sort_unstable();
            assert_eq!(seen, (0..100).collect::<Vec<_>>());
        }
    }

    #[test]
    fn an_error_ends_the_sort() {
        assert_eq!(sort(&mut [3, 2, 1], |_, _| Err("no")), Err("no"));
    }
}
