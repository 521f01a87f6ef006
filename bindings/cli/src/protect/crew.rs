//! Several photos at once.

use std::sync::atomic::{AtomicUsize, Ordering};

use confounder::CancelToken;
use rayon::ThreadPool;

use super::job::Job;

/// Works on every job, `at_once` of them at a time, until `cancel` says to stop. All work happens on the threads of
/// `pool`, which the photos share: the number of threads bounds the processor time and `at_once` the memory.
pub(super) fn run(
    jobs: &[Job],
    at_once: usize,
    pool: &ThreadPool,
    cancel: &CancelToken,
    work: impl Fn(&Job) + Sync,
) {
    let next = AtomicUsize::new(0);
    let worker = || {
        while !cancel.is_cancelled()
            && let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed))
        {
            pool.install(|| work(job));
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..at_once.min(jobs.len()) {
            scope.spawn(worker);
        }
    });
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use rayon::prelude::*;

    use super::*;
    use crate::protect::inputs::Input;
    use crate::protect::job::Destination;

    fn jobs(count: usize) -> Vec<Job> {
        let job = |i: usize| Job {
            input: Input::Stdin,
            destination: Destination::File(i.to_string().into()),
        };
        (0..count).map(job).collect()
    }

    fn pool() -> ThreadPool {
        rayon::ThreadPoolBuilder::new()
            .num_threads(4)
            .build()
            .expect("threads")
    }

    #[test]
    fn every_job_is_done_once_and_never_more_at_once_than_asked_for() {
        for at_once in [1, 2, 3] {
            let jobs = jobs(40);
            let (now, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
            let done = Mutex::new(Vec::new());
            run(&jobs, at_once, &pool(), &CancelToken::new(), |job| {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                // Work that other threads take part in, so that a waiting thread may begin another photo.
                let sum: u64 = (0..20_000_u64).into_par_iter().map(|i| i % 7).sum();
                assert_eq!(sum, 59_997);
                now.fetch_sub(1, Ordering::SeqCst);
                done.lock().expect("no panic").push(job.output_name());
            });
            let mut done = done.into_inner().expect("no panic");
            done.sort_by_key(|name| name.parse::<usize>().expect("a number"));
            let expected: Vec<String> = jobs.iter().map(Job::output_name).collect();
            assert_eq!(done, expected);
            assert!(most.into_inner() <= at_once, "{at_once} at once");
        }
    }

    #[test]
    fn cancelling_starts_nothing_more() {
        let (cancel, count) = (CancelToken::new(), AtomicUsize::new(0));
        run(&jobs(100), 1, &pool(), &cancel, |_| {
            if count.fetch_add(1, Ordering::SeqCst) == 4 {
                cancel.cancel();
            }
        });
        assert_eq!(count.into_inner(), 5);
    }
}
