//! The list of operators that people read is the one that is run.
#![allow(clippy::unwrap_used)]

use super::Op;

/// The names in the paragraph behind "A closed list".
fn documented() -> Vec<&'static str> {
    let contract = include_str!("../generator.md");
    let list = contract.split_once("# Operators").unwrap().1;
    let list = list.split("\n\n").nth(2).unwrap();
    let names = list.trim_end_matches('.').split(',').map(str::trim);
    names.collect()
}

#[test]
fn the_contract_lists_every_operator() {
    let mut named: Vec<&str> = Op::NAMES.to_vec();
    // A `Constant` is a value, not work.
    named.push("Constant");
    named.sort_unstable();
    assert_eq!(documented(), named);
}
