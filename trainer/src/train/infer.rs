//! Running a trained classifier over a data set.

use crate::{
    data::Dataset,
    engine::{Feed, Session},
    error::Result,
    graph::Graph,
    nets::{Mode, Net, Scope, State, Weights},
    step::BatchShape,
};

/// The most likely class of each image, with running statistics and without augmentation.
pub fn classify(net: &dyn Net, state: &State, data: &Dataset) -> Result<Vec<u8>> {
    let mut answers = Vec::new();
    logits(net, state, data, usize::MAX, |row| {
        answers.push(argmax(row) as u8)
    })?;
    Ok(answers)
}

/// Images per inference run.
const INFERENCE_BATCH: usize = 100;

/// Calls `each` with the logits of each of the first `limit` images in turn.
pub fn logits(
    net: &dyn Net,
    state: &State,
    data: &Dataset,
    limit: usize,
    mut each: impl FnMut(&[f32]),
) -> Result<()> {
    let shape = BatchShape {
        images: INFERENCE_BATCH,
        height: data.height,
        width: data.width,
    };
    let mut graph = Graph::new();
    let images = graph.input("images", &shape.nchw());
    let out = net.forward(
        &mut Scope::new(&mut graph, Weights::Frozen(state), Mode::Evaluate),
        images,
    );
    graph.output("logits", out);
    let classes = graph.elements(out) / INFERENCE_BATCH;
    let mut session = Session::new(&graph, 1)?;
    let count = data.len().min(limit);
    let mut buffer = vec![0.0; INFERENCE_BATCH * data.samples()];
    for start in (0..count).step_by(INFERENCE_BATCH) {
        let n = INFERENCE_BATCH.min(count - start);
        for i in 0..n {
            let to = &mut buffer[i * data.samples()..(i + 1) * data.samples()];
            to.iter_mut()
                .zip(data.image(start + i))
                .for_each(|(x, &byte)| *x = f32::from(byte) / 255.0);
        }
        let mut result = session.run(&[Feed {
            name: "images",
            shape: &shape.nchw(),
            data: &buffer,
        }])?;
        result
            .take("logits")?
            .chunks(classes)
            .take(n)
            .for_each(&mut each);
    }
    Ok(())
}

/// Place of the largest element.
pub(crate) fn argmax(row: &[f32]) -> usize {
    row.iter()
        .enumerate()
        .max_by(|a, b| a.1.total_cmp(b.1))
        .map_or(0, |(i, _)| i)
}
