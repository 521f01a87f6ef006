use super::{Feed, Outputs, Session};
use crate::{
    error::{Error, Result},
    graph::Graph,
    nets::State,
    step::{Adam, Sgd},
};

/// How a learner changes its parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Optimiser {
    /// Momentum SGD.
    Sgd(Sgd),
    /// Adam.
    Adam(Adam),
}

impl Optimiser {
    fn graph(&self, parameters: usize, statistics: usize, replicas: usize) -> Graph {
        match self {
            Self::Sgd(sgd) => sgd.graph(parameters, statistics, replicas),
            Self::Adam(adam) => adam.graph(parameters, statistics, replicas),
        }
    }

    fn moments(&self) -> usize {
        match self {
            Self::Sgd(_) => 1,
            Self::Adam(_) => 2,
        }
    }

    fn rate(&self, rate: f32, step: u64) -> f32 {
        match self {
            Self::Sgd(_) => rate,
            Self::Adam(adam) => adam.corrected_rate(rate, step),
        }
    }
}

/// Everything that must be kept to go on exactly where a run stopped.
#[derive(Debug, Clone, PartialEq)]
pub struct RunMoments {
    /// Steps taken.
    pub step: u64,
    /// The network.
    pub state: State,
    /// The optimiser's vectors, each as long as the parameters.
    pub moments: Vec<Vec<f32>>,
}

/// A network in training. With several replicas, each computes the gradient of its part of the batch on its own core,
/// and the mean is applied: the same result on any number of cores, for a given number of replicas.
pub struct Learner {
    optimiser: Optimiser,
    replicas: Vec<Session>,
    update: Session,
    run: RunMoments,
}

impl Learner {
    /// A learner whose replicas run `gradient` (see [`crate::step`]) on one thread each.
    pub fn new(
        gradient: &Graph,
        replicas: usize,
        optimiser: Optimiser,
        state: State,
    ) -> Result<Self> {
        let (parameters, statistics) = (state.parameters.len(), state.statistics.len());
        let update = Session::new(&optimiser.graph(parameters, statistics, replicas), 1)?;
        let replicas = (0..replicas)
            .map(|_| Session::new(gradient, 1))
            .collect::<Result<_>>()?;
        let moments = vec![vec![0.0; parameters]; optimiser.moments()];
        Ok(Self {
            optimiser,
            replicas,
            update,
            run: RunMoments {
                step: 0,
                state,
                moments,
            },
        })
    }

    /// The network as it is now.
    pub fn state(&self) -> &State {
        &self.run.state
    }

    /// What a checkpoint keeps.
    pub fn run(&self) -> &RunMoments {
        &self.run
    }

    /// Goes on from a checkpoint.
    pub fn restore(&mut self, run: RunMoments) {
        self.run = run;
    }

    /// Takes one step at the learning rate `rate`; `parts` are the operands of each replica, without the network's
    /// own vectors. Returns each replica's results (`loss` and so on).
    pub fn step(&mut self, parts: &[Vec<Feed<'_>>], rate: f32) -> Result<Vec<Outputs>> {
        if parts.len() != self.replicas.len() {
            let (given, wanted) = (parts.len(), self.replicas.len());
            return Err(Error::Graph(format!(
                "{given} parts of a batch for {wanted} replicas; give one each"
            )));
        }
        let state = &self.run.state;
        let (parameters, statistics) = ([state.parameters.len()], [state.statistics.len()]);
        let run_one = |session: &mut Session, part: &[Feed<'_>]| {
            let mut feeds = part.to_vec();
            feeds.push(Feed {
                name: "net",
                shape: &parameters,
                data: &state.parameters,
            });
            feeds.push(Feed {
                name: "net.statistics",
                shape: &statistics,
                data: &state.statistics,
            });
            session.run(&feeds)
        };
        let mut results: Vec<Outputs> = match (&mut self.replicas[..], parts) {
            ([session], [part]) => vec![run_one(session, part)?],
            (sessions, parts) => std::thread::scope(|scope| {
                let handles: Vec<_> = sessions
                    .iter_mut()
                    .zip(parts)
                    .map(|(session, part)| scope.spawn(|| run_one(session, part)))
                    .collect();
                handles.into_iter().map(join_replica).collect::<Result<_>>()
            })?,
        };
        self.apply(&mut results, rate)?;
        Ok(results)
    }

    fn apply(&mut self, results: &mut [Outputs], rate: f32) -> Result<()> {
        let run = &mut self.run;
        let step = run.step + 1;
        let rate = [self.optimiser.rate(rate, step)];
        let with_statistics = !run.state.statistics.is_empty();
        let mut taken = Vec::new();
        for (i, result) in results.iter_mut().enumerate() {
            taken.push((format!("gradient{i}"), result.take("gradient")?));
            if with_statistics {
                taken.push((format!("batch_statistics{i}"), result.take("statistics")?));
            }
        }
        let moment_names: Vec<String> = (0..run.moments.len())
            .map(|i| format!("moment{i}"))
            .collect();
        let (parameters, statistics) = ([run.state.parameters.len()], [run.state.statistics.len()]);
        let mut feeds = vec![
            Feed {
                name: "parameters",
                shape: &parameters,
                data: &run.state.parameters,
            },
            Feed {
                name: "statistics",
                shape: &statistics,
                data: &run.state.statistics,
            },
            Feed {
                name: "rate",
                shape: &[1],
                data: &rate,
            },
        ];
        let extents: Vec<[usize; 1]> = taken.iter().map(|(_, data)| [data.len()]).collect();
        for ((name, data), shape) in taken.iter().zip(&extents) {
            feeds.push(Feed { name, shape, data });
        }
        for (name, data) in moment_names.iter().zip(&run.moments) {
            feeds.push(Feed {
                name,
                shape: &parameters,
                data,
            });
        }
        let mut next = self.update.run(&feeds)?;
        run.step = step;
        run.state.parameters = next.take("next_parameters")?;
        if with_statistics {
            run.state.statistics = next.take("next_statistics")?;
        }
        for (i, moment) in run.moments.iter_mut().enumerate() {
            *moment = next.take(&format!("next_moment{i}"))?;
        }
        Ok(())
    }
}

fn join_replica(handle: std::thread::ScopedJoinHandle<'_, Result<Outputs>>) -> Result<Outputs> {
    handle
        .join()
        .unwrap_or_else(|_| Err(Error::Ort("a replica's thread panicked".into())))
}
