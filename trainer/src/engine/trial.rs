//! What a training step costs on the process's device, and where its nodes run.

use std::{collections::BTreeMap, path::Path, time::Instant};

use rand::SeedableRng;
use serde_json::Value;

use super::{Feed, Learner, Optimiser, Session};
use crate::{
    error::{Error, Result},
    graph::Graph,
    nets::{Classifier, State},
    step::{BatchShape, Sgd, classifier_gradient},
};

/// What was found.
#[derive(Debug)]
pub struct Trial {
    /// Nodes of the gradient graph that ran: their number by ONNX Runtime's name of what they ran on, and by operator.
    /// A device that lacks some has them on the CPU here; a training would refuse the graph.
    pub nodes: BTreeMap<String, BTreeMap<String, usize>>,
    /// The loss before the first step.
    pub loss: f32,
    /// Whole steps: gradient and update.
    pub steps: Result<Steps>,
}

/// What the steps of a [`Trial`] gave.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Steps {
    /// Images per second, of the median step.
    pub images_per_second: f64,
    /// The loss in the last step.
    pub loss: f32,
}

/// Learning rate of the steps.
const RATE: f32 = 0.01;

/// Trains `net` for `steps` steps on one made-up batch; the median step counts.
///
/// # Errors
/// As [`Session::new`] and [`Session::run`].
pub fn trial(net: &Classifier, batch: BatchShape, steps: usize) -> Result<Trial> {
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
    let state = State::init(net, &batch.nchw(), &mut rng);
    let gradient = classifier_gradient(net, batch, net.classes)?;
    let (nchw, rows) = (batch.nchw(), [batch.images, net.classes]);
    let pixels: usize = nchw.iter().product();
    let images: Vec<f32> = (0..pixels)
        .map(|i| (i * 7919 % 256) as f32 / 255.0)
        .collect();
    let targets: Vec<f32> = (0..batch.images * net.classes)
        .map(|i| f32::from(u8::from(i % net.classes == i / net.classes % net.classes)))
        .collect();
    let feeds = vec![
        Feed::new("images", &nchw, &images),
        Feed::new("targets", &rows, &targets),
    ];

    let (parameters, statistics) = ([state.parameters.len()], [state.statistics.len()]);
    let mut all = feeds.clone();
    all.push(Feed::new("net", &parameters, &state.parameters));
    all.push(Feed::new("net.statistics", &statistics, &state.statistics));
    let folder = tempfile::tempdir().map_err(Error::io(std::env::temp_dir()))?;
    let mut session = Session::profiled(&gradient, &folder.path().join("step"))?;
    let loss = session.run(&all)?.scalar("loss")?;
    let nodes = nodes(Path::new(&session.end_profiling()?))?;
    drop(session);
    Ok(Trial {
        nodes,
        loss,
        steps: take(&gradient, batch, state, feeds, steps),
    })
}

fn take(
    gradient: &Graph,
    batch: BatchShape,
    state: State,
    feeds: Vec<Feed<'_>>,
    steps: usize,
) -> Result<Steps> {
    let sgd = Optimiser::Sgd(Sgd {
        momentum: 0.9,
        weight_decay: 5e-4,
    });
    let mut learner = Learner::new(gradient, 1, sgd, state)?;
    let (mut times, mut loss) = (Vec::new(), 0.0);
    for _ in 0..steps + 2 {
        let started = Instant::now();
        let outputs = learner.step(std::slice::from_ref(&feeds), RATE)?;
        loss = outputs[0].scalar("loss")?;
        times.push(started.elapsed().as_secs_f64());
    }
    // The first steps allocate and choose algorithms.
    let mut times = times.split_off(2);
    times.sort_by(f64::total_cmp);
    Ok(Steps {
        images_per_second: batch.images as f64 / times[times.len() / 2],
        loss,
    })
}

/// Counts the nodes in ONNX Runtime's profile (a trace in Chrome's format) by provider and operator.
fn nodes(profile: &Path) -> Result<BTreeMap<String, BTreeMap<String, usize>>> {
    let bytes = std::fs::read(profile).map_err(Error::io(profile))?;
    let events: Vec<Value> =
        serde_json::from_slice(&bytes).map_err(|e| Error::Ort(format!("its profile: {e}")))?;
    let mut nodes = BTreeMap::<String, BTreeMap<String, usize>>::new();
    for event in &events {
        let ran = event["name"]
            .as_str()
            .is_some_and(|name| name.ends_with("_kernel_time"));
        let about = |key: &str| event["args"][key].as_str().map(str::to_owned);
        if let (true, Some(provider), Some(op)) = (ran, about("provider"), about("op_name")) {
            *nodes.entry(provider).or_default().entry(op).or_default() += 1;
        }
    }
    Ok(nodes)
}
