//! How fast events go in and come out: `cargo run --release -p gatos-ledger-git --example rates -- FILE.jsonl[.gz]`.

use std::io::{BufRead, BufReader, Read};
use std::time::Instant;

use gatos_ledger_core::import::LineOptions;
use gatos_ledger_core::key::SigningKey;
use gatos_ledger_core::model::JournalId;
use gatos_ledger_core::plane::{self, ImportJob};
use gatos_ledger_core::ports::Journals;
use gatos_ledger_core::trust::TrustGraph;
use gatos_ledger_git::{GitStore, check_signatures, sign_batch};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("name a file of JSON lines")?;
    let file = std::fs::File::open(&path)?;
    let input: Box<dyn Read> =
        if path.ends_with(".gz") { Box::new(flate2::read::GzDecoder::new(file)) } else { Box::new(file) };
    let mut input = BufReader::new(input);
    let folder = std::env::temp_dir().join(format!("gatos-rates-{}", std::process::id()));
    let store = GitStore::init(&folder, true)?;
    let key = SigningKey::from_seed(&[1; 32]);
    let journal = JournalId::new("rates".parse()?, "user:ann".parse()?);
    let job = ImportJob { journal: journal.clone(), key: &key, options: LineOptions::new()?, batch: 5000 };
    let mut next = |line: &mut Vec<u8>| {
        let read = input.read_until(b'\n', line).map_err(|e| e.to_string())?;
        line.pop_if(|last| *last == b'\n');
        Ok(read > 0)
    };
    let rate = |what: &str, count: u64, since: Instant| {
        let seconds = since.elapsed().as_secs_f64();
        println!("{what}: {count} events in {seconds:.2} s, {:.0} events/s", count as f64 / seconds);
    };

    let started = Instant::now();
    let report = plane::import(&store, &job, &mut next, &mut sign_batch, &mut |_| {})?;
    rate("import", report.added, started);

    let until = report.commit.ok_or("nothing was imported")?;
    let store = GitStore::open(&folder)?;
    let started = Instant::now();
    let mut count = 0;
    for recorded in store.read_events(&journal, None, &until)? {
        recorded?;
        count += 1;
    }
    rate("read, chain checked", count, started);

    let mut graph = TrustGraph::default();
    graph.add_key(&journal.actor, key.public());
    let started = Instant::now();
    let events = store.read_events(&journal, None, &until)?.collect::<Result<Vec<_>, _>>()?;
    for batch in events.chunks(1000) {
        check_signatures(&graph, batch)?;
    }
    rate("read, signatures checked", count, started);
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}
