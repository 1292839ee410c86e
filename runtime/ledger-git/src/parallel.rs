//! Signing and verifying on every core: the two steps of a batch that need no neighbour.

use gatos_ledger_core::envelope::Encoded;
use gatos_ledger_core::key::SigningKey;
use gatos_ledger_core::plane::{check_signature, sign_all};
use gatos_ledger_core::ports::{RecordedEvent, SignedEvent};
use gatos_ledger_core::rules::JournalFault;
use gatos_ledger_core::trust::TrustGraph;

/// Below this many events a thread costs more than it saves.
const WORTH_A_THREAD: usize = 64;

fn threads(items: usize) -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    cores.min(items / WORTH_A_THREAD).max(1)
}

/// Signs a batch, keeping its order. Fits the `sign` argument of `plane::import`.
pub fn sign_batch(batch: Vec<Encoded>, key: &SigningKey) -> Vec<SignedEvent> {
    let threads = threads(batch.len());
    if threads == 1 {
        return sign_all(batch, key);
    }
    let share = batch.len().div_ceil(threads);
    let mut rest = batch;
    let mut shares = Vec::new();
    while !rest.is_empty() {
        let tail = rest.split_off(share.min(rest.len()));
        shares.push(std::mem::replace(&mut rest, tail));
    }
    std::thread::scope(|scope| {
        let workers: Vec<_> = shares.into_iter().map(|share| scope.spawn(move || sign_all(share, key))).collect();
        let mut out = Vec::new();
        for worker in workers {
            match worker.join() {
                Ok(signed) => out.extend(signed),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        out
    })
}

/// Checks the signatures of a batch; the fault reported is the first in the batch's order.
pub fn check_signatures(graph: &TrustGraph, batch: &[RecordedEvent]) -> Result<(), Box<JournalFault>> {
    let check = |share: &[RecordedEvent]| share.iter().try_for_each(|recorded| check_signature(graph, recorded));
    let threads = threads(batch.len());
    if threads == 1 {
        return check(batch);
    }
    std::thread::scope(|scope| {
        let shares = batch.chunks(batch.len().div_ceil(threads));
        let workers: Vec<_> = shares.map(|share| scope.spawn(move || check(share))).collect();
        let mut first = Ok(());
        for worker in workers {
            match worker.join() {
                Ok(result) => first = first.and(result),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        first
    })
}
