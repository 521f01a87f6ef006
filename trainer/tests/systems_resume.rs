//! A search for noise that is interrupted goes on where it stopped. (In a process of its own: the wish to stop is global.)
#![allow(clippy::unwrap_used)]

use std::{
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

#[path = "common/systems.rs"]
mod common;

use common::{data, emn, ground};
use confounder_trainer::{error::Error, interrupt, systems::Granularity};

/// Asks for a stop as soon as a round is kept, which is while the next one is under way; or when the search has ended.
fn stop_after_a_round(folder: &Path, ended: &AtomicBool) {
    let kept = || std::fs::read_dir(folder).unwrap().next().is_some();
    while !kept() && !ended.load(Ordering::SeqCst) {
        std::thread::sleep(Duration::from_millis(1));
    }
    interrupt::request();
}

#[test]
fn an_interrupted_search_goes_on_where_it_stopped() {
    let system = emn(Granularity::Sample, 8);
    let data = data();
    let [through, stopped] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let all = system.protect(&ground(&data, through.path())).unwrap();
    let ended = AtomicBool::new(false);
    let first = std::thread::scope(|scope| {
        scope.spawn(|| stop_after_a_round(stopped.path(), &ended));
        let first = system.protect(&ground(&data, stopped.path()));
        ended.store(true, Ordering::SeqCst);
        first
    });
    interrupt::clear();
    assert!(matches!(first, Err(Error::Interrupted)));
    let again = system.protect(&ground(&data, stopped.path())).unwrap();
    assert!(again.data == all.data);
    assert_eq!(again.notes, all.notes);
}
