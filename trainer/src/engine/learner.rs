use std::sync::OnceLock;

use super::{Feed, Outputs, Resident, Session};
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
/// and the mean is applied: the same result on any number of cores, for a given number of replicas. The state stays
/// where it is computed, and is copied to the host when it is asked for.
pub struct Learner {
    optimiser: Optimiser,
    sessions: Vec<Session>,
    /// Parts of a batch.
    parts: usize,
    update: Session,
    step: u64,
    vectors: Vectors,
    /// The state as of `step`, once somebody has asked for it.
    host: OnceLock<RunMoments>,
}

/// A network's and its optimiser's vectors.
struct Vectors {
    parameters: Resident,
    /// `None` for a network without any.
    statistics: Option<Resident>,
    moments: Vec<Resident>,
}

impl Vectors {
    fn new(run: &RunMoments) -> Result<Self> {
        let row = |data: &Vec<f32>| Resident::new(data.clone());
        let statistics = Some(&run.state.statistics).filter(|data| !data.is_empty());
        Ok(Self {
            parameters: row(&run.state.parameters)?,
            statistics: statistics.map(row).transpose()?,
            moments: run.moments.iter().map(row).collect::<Result<_>>()?,
        })
    }

    fn operands(&self) -> Vec<(&'static str, &Resident)> {
        let mut operands = vec![("net", &self.parameters)];
        operands.extend(self.statistics.iter().map(|row| ("net.statistics", row)));
        operands
    }

    fn to_host(&self, step: u64) -> Result<RunMoments> {
        let statistics = self.statistics.as_ref().map(Resident::to_host);
        Ok(RunMoments {
            step,
            state: State {
                parameters: self.parameters.to_host()?,
                statistics: statistics.transpose()?.unwrap_or_default(),
            },
            moments: self
                .moments
                .iter()
                .map(Resident::to_host)
                .collect::<Result<_>>()?,
        })
    }
}

impl Learner {
    /// A learner whose replicas run `gradient` (see [`crate::step`]) on one thread each.
    ///
    /// # Errors
    /// As [`Session::new`].
    pub fn new(
        gradient: &Graph,
        replicas: usize,
        optimiser: Optimiser,
        state: State,
    ) -> Result<Self> {
        Self::with_sessions(gradient, [replicas, replicas], optimiser, state)
    }

    /// A learner that runs `gradient` for so many parts of a batch one after the other, on one thread.
    ///
    /// # Errors
    /// As [`Session::new`].
    pub fn in_turn(
        gradient: &Graph,
        parts: usize,
        optimiser: Optimiser,
        state: State,
    ) -> Result<Self> {
        Self::with_sessions(gradient, [parts, 1], optimiser, state)
    }

    fn with_sessions(
        gradient: &Graph,
        [parts, sessions]: [usize; 2],
        optimiser: Optimiser,
        state: State,
    ) -> Result<Self> {
        let (parameters, statistics) = (state.parameters.len(), state.statistics.len());
        let update = Session::new(&optimiser.graph(parameters, statistics, parts), 1)?;
        let sessions = (0..sessions)
            .map(|_| Session::new(gradient, 1))
            .collect::<Result<_>>()?;
        let run = RunMoments {
            step: 0,
            state,
            moments: vec![vec![0.0; parameters]; optimiser.moments()],
        };
        Ok(Self {
            optimiser,
            sessions,
            parts,
            update,
            step: 0,
            vectors: Vectors::new(&run)?,
            host: OnceLock::from(run),
        })
    }

    /// The network as it is now.
    ///
    /// # Errors
    /// [`Error::Ort`] where it cannot be copied to the host.
    pub fn state(&self) -> Result<&State> {
        self.run().map(|run| &run.state)
    }

    /// What a checkpoint keeps.
    ///
    /// # Errors
    /// As [`Self::state`].
    pub fn run(&self) -> Result<&RunMoments> {
        if let Some(run) = self.host.get() {
            return Ok(run);
        }
        let run = self.vectors.to_host(self.step)?;
        Ok(self.host.get_or_init(|| run))
    }

    /// Goes on from a checkpoint.
    ///
    /// # Errors
    /// [`Error::Ort`] where ONNX Runtime refuses its vectors.
    pub fn restore(&mut self, run: RunMoments) -> Result<()> {
        self.vectors = Vectors::new(&run)?;
        self.step = run.step;
        self.host = OnceLock::from(run);
        Ok(())
    }

    /// The network as operands of another session on the same device: `net` and `net.statistics`.
    pub fn operands(&self) -> Vec<(&'static str, &Resident)> {
        self.vectors.operands()
    }

    /// Takes one step at the learning rate `rate`; `parts` are the operands of each part, without the network's own
    /// vectors. Returns each part's results (`loss` and so on).
    ///
    /// # Errors
    /// [`Error::Graph`] where there are more or fewer parts, else as [`Session::run`].
    pub fn step(&mut self, parts: &[Vec<Feed<'_>>], rate: f32) -> Result<Vec<Outputs>> {
        if parts.len() != self.parts {
            let (given, wanted) = (parts.len(), self.parts);
            return Err(Error::Graph(format!(
                "{given} parts of a batch for {wanted} replicas; give one each"
            )));
        }
        let operands = self.vectors.operands();
        let keep: &[&str] = match &self.vectors.statistics {
            Some(_) => &["gradient", "statistics"],
            None => &["gradient"],
        };
        let run_all = |session: &mut Session, parts: &[Vec<Feed<'_>>]| -> Result<Vec<Found>> {
            let each = parts.iter();
            each.map(|part| session.run_with(part, &operands, keep))
                .collect()
        };
        let results: Vec<Found> = match &mut self.sessions[..] {
            [session] => run_all(session, parts)?,
            sessions => std::thread::scope(|scope| {
                let handles: Vec<_> = sessions
                    .iter_mut()
                    .zip(parts.chunks(1))
                    .map(|(session, part)| scope.spawn(|| run_all(session, part)))
                    .collect();
                let found = handles.into_iter().map(join_replica);
                let found: Result<Vec<Vec<Found>>> = found.collect();
                found.map(|found| found.into_iter().flatten().collect::<Vec<_>>())
            })?,
        };
        let (outputs, gradients): (Vec<_>, Vec<_>) = results.into_iter().unzip();
        self.apply(&gradients, rate)?;
        Ok(outputs)
    }

    /// Applies what the parts gave: gradient and batch statistics of each.
    fn apply(&mut self, found: &[Vec<Resident>], rate: f32) -> Result<()> {
        let step = self.step + 1;
        let rate = [self.optimiser.rate(rate, step)];
        let rate = Feed::new("rate", &[1], &rate);
        let named = |stem: &str, count: usize| -> Vec<String> {
            (0..count).map(|i| format!("{stem}{i}")).collect()
        };
        let gradients = named("gradient", found.len());
        let batch_statistics = named("batch_statistics", found.len());
        let moments = named("moment", self.vectors.moments.len());
        let next_moments = named("next_moment", self.vectors.moments.len());

        let mut operands = vec![("parameters", &self.vectors.parameters)];
        operands.extend(self.vectors.statistics.iter().map(|s| ("statistics", s)));
        for (i, rows) in found.iter().enumerate() {
            let names = [&gradients[i], &batch_statistics[i]];
            operands.extend(names.into_iter().map(String::as_str).zip(rows));
        }
        operands.extend(
            moments
                .iter()
                .map(String::as_str)
                .zip(&self.vectors.moments),
        );

        let mut keep = vec!["next_parameters"];
        keep.extend(next_moments.iter().map(String::as_str));
        keep.extend(self.vectors.statistics.iter().map(|_| "next_statistics"));
        let (_, kept) = self.update.run_with(&[rate], &operands, &keep)?;
        let mut kept = kept.into_iter();
        let missing = || Error::Graph("the update lacks a result".into());
        self.vectors = Vectors {
            parameters: kept.next().ok_or_else(missing)?,
            moments: kept.by_ref().take(moments.len()).collect(),
            statistics: kept.next(),
        };
        self.step = step;
        self.host = OnceLock::new();
        Ok(())
    }
}

type Found = (Outputs, Vec<Resident>);

fn join_replica(
    handle: std::thread::ScopedJoinHandle<'_, Result<Vec<Found>>>,
) -> Result<Vec<Found>> {
    handle
        .join()
        .unwrap_or_else(|_| Err(Error::Ort("a replica's thread panicked".into())))
}
