//! Images per second of the step of each classifier and of the generator: one thread, and two replicas of one thread each.
//!
//! `cargo bench -p confounder-trainer --bench steps`, for the paper's width `-- --width 64 --steps 3 --replicas 1`.

use std::{num::NonZeroUsize, time::Instant};

use clap::Parser;
use confounder_trainer::{
    engine::{Feed, Learner, Optimiser},
    error::Result,
    graph::Graph,
    losses::{ConfounderInput, LossWeights},
    nets::{Architecture, Classifier, Discriminator, ResNet18, ResidualGenerator, State},
    step::{Adam, BatchShape, GeneratorStep, Sgd, classifier_gradient},
};
use rand::SeedableRng;

const BATCH: usize = 128;
const CLASSES: usize = 10;

#[derive(Parser)]
struct Args {
    /// Width of the nets. The time of a step is that of their convolutions.
    #[arg(long, default_value_t = 16)]
    width: usize,
    /// Steps of which the median is taken.
    #[arg(long, default_value = "8")]
    steps: NonZeroUsize,
    /// Replicas of one thread each that share a batch.
    #[arg(long, value_delimiter = ',', default_value = "1,2")]
    replicas: Vec<NonZeroUsize>,
    /// What Cargo passes.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Result<()> {
    let args = Args::parse();
    let steps = args.steps.get();
    for replicas in args.replicas.iter().map(|n| n.get()) {
        let batch = BatchShape {
            images: BATCH / replicas,
            height: 32,
            width: 32,
        };
        for net in Architecture::ALL {
            let case = classifier(net, args.width, batch)?;
            report(net.name(), replicas, steps, case)?;
        }
        let case = generator(args.width, batch)?;
        report("generator", replicas, steps, case)?;
    }
    Ok(())
}

type Case = (
    Graph,
    Optimiser,
    State,
    Vec<(&'static str, Vec<usize>, Vec<f32>)>,
    BatchShape,
);

fn operands(batch: BatchShape) -> Vec<(&'static str, Vec<usize>, Vec<f32>)> {
    let pixels = batch.nchw().iter().product();
    let images = (0..pixels)
        .map(|i| (i * 7919 % 256) as f32 / 255.0)
        .collect();
    let targets = (0..batch.images * CLASSES)
        .map(|i| f32::from(u8::from(i % 11 == 0)))
        .collect();
    vec![
        ("images", batch.nchw().to_vec(), images),
        ("targets", vec![batch.images, CLASSES], targets),
    ]
}

fn classifier(net: Architecture, width: usize, batch: BatchShape) -> Result<Case> {
    let net = Classifier {
        net,
        width,
        classes: CLASSES,
        stem_stride: 1,
    };
    let state = State::init(
        &net,
        &batch.nchw(),
        &mut rand_chacha::ChaCha8Rng::seed_from_u64(1),
    );
    let optimiser = Optimiser::Sgd(Sgd {
        momentum: 0.9,
        weight_decay: 5e-4,
    });
    Ok((
        classifier_gradient(&net, batch, CLASSES)?,
        optimiser,
        state,
        operands(batch),
        batch,
    ))
}

/// The paper's generator, with the surrogate that it trains against.
fn generator(width: usize, batch: BatchShape) -> Result<Case> {
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
    let surrogate = ResNet18 {
        width,
        classes: CLASSES,
        stem_stride: 1,
    };
    let frozen = State::init(&surrogate, &batch.nchw(), &mut rng);
    let net = ResidualGenerator {
        channels: [8, 16, 32],
        blocks: 4,
        epsilon: 8.0 / 255.0,
    };
    let state = State::init(&net, &batch.nchw(), &mut rng);
    let judge = State::init(&Discriminator, &batch.nchw(), &mut rng);
    let step = GeneratorStep {
        generator: &net,
        surrogate: (&surrogate, &frozen),
        epsilon: 8.0 / 255.0,
        hinge_bound: 1.0,
        weights: LossWeights::default(),
        confounder: ConfounderInput::Difference,
    };
    let mut operands = operands(batch);
    let [parameters, statistics] = [judge.parameters, judge.statistics];
    operands.push(("discriminator", vec![parameters.len()], parameters));
    operands.push((
        "discriminator.statistics",
        vec![statistics.len()],
        statistics,
    ));
    Ok((
        step.gradient(batch, CLASSES)?,
        Optimiser::Adam(Adam::default()),
        state,
        operands,
        batch,
    ))
}

fn report(
    name: &str,
    replicas: usize,
    steps: usize,
    (graph, optimiser, state, operands, batch): Case,
) -> Result<()> {
    let mut learner = Learner::new(&graph, replicas, optimiser, state)?;
    let feeds: Vec<Feed<'_>> = operands
        .iter()
        .map(|(name, shape, data)| Feed { name, shape, data })
        .collect();
    let parts = vec![feeds; replicas];
    let mut times = Vec::new();
    for _ in 0..steps {
        let start = Instant::now();
        learner.step(&parts, 1e-3)?;
        times.push(start.elapsed().as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    let images = (batch.images * replicas) as f64;
    #[expect(clippy::print_stdout, reason = "a benchmark's report")]
    {
        println!(
            "{name:14} {replicas} replica(s)  {:7.1} images/s",
            images / times[times.len() / 2]
        );
    }
    Ok(())
}
