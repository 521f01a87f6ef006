//! Cells side by side, one thread each.

use std::{
    str::FromStr,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use super::{
    Bench, Experiment, cost, fig6,
    plans::{Planned, plan},
};
use crate::{
    error::{Error, Result},
    progress::{Mode, Progress},
};

/// The part of all cells that one machine runs: number `index` (from 1) of `of`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// From 1.
    pub index: usize,
    /// Number of shards.
    pub of: usize,
}

impl FromStr for Shard {
    type Err = String;

    /// `i/n`, such as `2/8`.
    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let parsed = text
            .split_once('/')
            .and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
        match parsed {
            Some((index, of)) if index >= 1 && index <= of => Ok(Self { index, of }),
            _ => Err(format!("{text:?} is not of the form i/n with 1 <= i <= n")),
        }
    }
}

/// Whether another place of a table shares its cell.
fn is_among(others: &[&Planned], one: &Planned) -> bool {
    others.iter().any(|other| other.cell == one.cell)
}

/// Runs what an experiment needs and is not there yet: its cells; cost and fig6, which have none, on the first shard.
///
/// # Errors
/// As [`run`].
pub fn run_experiment(
    bench: &Bench,
    experiment: Experiment,
    shard: Option<Shard>,
    workers: usize,
) -> Result<()> {
    run(bench, &plan(experiment, &bench.scale)?, shard, workers)?;
    match experiment {
        Experiment::Cost if is_first(shard) => cost::measure(bench),
        Experiment::Fig6 if is_first(shard) => fig6::protect(bench),
        _ => Ok(()),
    }
}

fn is_first(shard: Option<Shard>) -> bool {
    shard.is_none_or(|shard| shard.index == 1)
}

/// Runs the cells that are not finished yet, `workers` at a time. One whose system needs a file that is not there is left
/// out, with a warning.
///
/// # Errors
/// The first error of any cell; the others stop before their next cell.
pub fn run(bench: &Bench, planned: &[Planned], shard: Option<Shard>, workers: usize) -> Result<()> {
    let mut open: Vec<&Planned> = Vec::new();
    let mut left_out = 0;
    for (i, one) in planned.iter().enumerate() {
        let ours = shard.is_none_or(|s| i % s.of == s.index - 1);
        if !ours || is_among(&open, one) || bench.finished(&one.cell)?.is_some() {
            continue;
        }
        match one.cell.system.missing() {
            Some(file) => {
                left_out += 1;
                log::warn!(
                    "{}, {} is left out: {} is not there (the scale says how it is made)",
                    one.row,
                    one.column,
                    file.display()
                );
            }
            None => open.push(one),
        }
    }
    let progress = Mutex::new(Progress::new("cells", open.len() as u64));
    let next = AtomicUsize::new(0);
    let failure: Mutex<Option<Error>> = Mutex::new(None);
    std::thread::scope(|scope| {
        for _ in 0..workers.clamp(1, open.len().max(1)) {
            scope.spawn(|| {
                while let Some(one) = open.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let mut title = format!("{}, {}", one.row, one.column);
                    if one.cell.repeat > 0 {
                        title += &format!(", victim {}", one.cell.repeat + 1);
                    }
                    let started = Instant::now();
                    match bench.result(&one.cell, &title, Mode::Auto) {
                        Ok(result) => {
                            let seconds = started.elapsed().as_secs_f64();
                            let line = format!("{title}: {:.2} % in {seconds:.0} s", result.last);
                            progress
                                .lock()
                                .unwrap_or_else(|e| e.into_inner())
                                .step(1, line);
                        }
                        Err(error) => {
                            next.store(open.len(), Ordering::SeqCst);
                            let mut failure = failure.lock().unwrap_or_else(|e| e.into_inner());
                            failure.get_or_insert(error);
                            break;
                        }
                    }
                }
            });
        }
    });
    let failure = failure.into_inner().unwrap_or_else(|e| e.into_inner());
    if let Some(error) = failure {
        return Err(error);
    }
    let progress = progress.into_inner().unwrap_or_else(|e| e.into_inner());
    progress.finish(match left_out {
        0 => "all finished".into(),
        n => format!("all finished but {n} left out"),
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::reproduce::{Experiment, Scale, plan};

    #[test]
    fn places_that_share_a_cell_are_found() {
        let scale = Scale::load("small", &[]).unwrap();
        let planned = plan(Experiment::Apbench, &scale).unwrap();
        let mut open: Vec<&Planned> = Vec::new();
        for one in &planned {
            if !is_among(&open, one) {
                open.push(one);
            }
        }
        // Of each of six systems `gaussian`, which changes nothing, is `nodefense`.
        assert_eq!((planned.len(), open.len()), (60, 54));
    }

    #[test]
    fn shards_are_read_and_checked() {
        assert_eq!("2/8".parse(), Ok(Shard { index: 2, of: 8 }));
        for text in ["0/8", "9/8", "8", "a/b", "1/0"] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }
}
