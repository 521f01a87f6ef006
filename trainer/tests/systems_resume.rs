//! A search for noise that is interrupted goes on where it stopped. (In a process of its own: the wish to stop is global.)
#![allow(clippy::unwrap_used)]

#[path = "common/systems.rs"]
mod common;

use common::{data, emn, ground};
use confounder_trainer::{error::Error, interrupt, systems::Granularity};

#[test]
fn an_interrupted_search_goes_on_where_it_stopped() {
    let system = emn(Granularity::Sample, 2);
    let data = data();
    let [through, stopped] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let all = system.protect(&ground(&data, through.path())).unwrap();
    interrupt::request();
    let first = system.protect(&ground(&data, stopped.path()));
    interrupt::clear();
    assert!(matches!(first, Err(Error::Interrupted)));
    let again = system.protect(&ground(&data, stopped.path())).unwrap();
    assert!(again.data == all.data);
    assert_eq!(again.notes, all.notes);
}
