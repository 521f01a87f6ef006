//! The head that a fit writes: features, centred and along the photos' own axes, at one size; a softmax over groups; each
//! group's row of the bank.

use super::names::HeadNames;
use super::rows::Rows;
use crate::onnx::{AttributeProto, DataType, NodeProto, TensorProto};

/// The numbers of a fitted head.
pub(super) struct Head {
    /// Of the features.
    pub(super) mean: Vec<f32>,
    /// A row for each axis.
    pub(super) axes: Rows,
    /// A row for each group; the softmax's sharpness is part of it.
    pub(super) centres: Rows,
    /// The row of the bank that each group gets.
    pub(super) dealt: Vec<usize>,
    /// Rows of the bank.
    pub(super) rows: usize,
}

/// What each name in the file begins with.
const PREFIX: &str = "confounder.fit.";
/// Keeps a photo that is the mean of all from being divided by zero.
const LEAST: f32 = 1e-6;

impl Head {
    /// Its nodes, in order; the last makes the code.
    pub(super) fn nodes(&self, names: &HeadNames) -> Vec<NodeProto> {
        let absolute = AttributeProto {
            name: "alpha".into(),
            f: -1.0,
            r#type: 1,
            ..AttributeProto::default()
        };
        let mut size = node("LeakyRelu", &["place"], "sizes");
        size.attribute.push(absolute);
        let mut nodes = vec![
            node("Gemm", &["features", "axes", "shift"], "place"),
            size,
            node("Gemm", &["sizes", "each", "least"], "size"),
            node("Div", &["place", "size"], "direction"),
            node("MatMul", &["direction", "centres"], "nearness"),
            node("Softmax", &["nearness"], "groups"),
            node("MatMul", &["groups", "dealt"], "code"),
        ];
        nodes[0].input[0] = names.features.clone();
        nodes[6].output[0] = names.code.clone();
        nodes
    }

    /// Its constants.
    pub(super) fn constants(&self) -> Vec<TensorProto> {
        let (axes, groups) = (self.axes.len(), self.centres.len());
        let shift = self.axes.iter().map(|axis| {
            let products = axis.iter().zip(&self.mean);
            -products
                .map(|(a, m)| f64::from(*a) * f64::from(*m))
                .sum::<f64>() as f32
        });
        let dealt = self
            .dealt
            .iter()
            .flat_map(|&row| (0..self.rows).map(move |place| if place == row { 1.0 } else { 0.0 }));
        vec![
            floats("axes", &[self.mean.len(), axes], columns(&self.axes)),
            floats("shift", &[axes], shift.collect()),
            floats("each", &[axes, 1], vec![1.0 / axes as f32; axes]),
            floats("least", &[1], vec![LEAST]),
            floats("centres", &[axes, groups], columns(&self.centres)),
            floats("dealt", &[groups, self.rows], dealt.collect()),
        ]
    }

    /// What the nodes compute up to the softmax, of a place in the space: a share for each group.
    pub(super) fn shares(&self, place: &[f32]) -> Vec<f32> {
        let size = size(place) + LEAST;
        let near = self.centres.iter().map(|centre| {
            let products = place.iter().zip(centre);
            products.map(|(x, c)| x / size * c).sum::<f32>()
        });
        softmax(near.collect())
    }
}

/// The mean of the numbers without their signs.
pub(super) fn size(place: &[f32]) -> f32 {
    place.iter().map(|x| x.abs()).sum::<f32>() / place.len().max(1) as f32
}

fn softmax(mut numbers: Vec<f32>) -> Vec<f32> {
    let most = numbers.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    numbers.iter_mut().for_each(|x| *x = (*x - most).exp());
    let sum: f32 = numbers.iter().sum();
    numbers.iter_mut().for_each(|x| *x /= sum);
    numbers
}

/// Rows as columns.
fn columns(rows: &Rows) -> Vec<f32> {
    let across = (0..rows.width()).flat_map(|i| rows.iter().map(move |row| row[i]));
    across.collect()
}

fn node(op: &str, inputs: &[&str], output: &str) -> NodeProto {
    NodeProto {
        name: named(output),
        op_type: op.into(),
        input: inputs.iter().map(|name| named(name)).collect(),
        output: vec![named(output)],
        ..NodeProto::default()
    }
}

fn floats(name: &str, dims: &[usize], numbers: Vec<f32>) -> TensorProto {
    TensorProto {
        name: named(name),
        dims: dims.iter().map(|&side| side as i64).collect(),
        data_type: DataType::Float as i32,
        raw_data: numbers.iter().flat_map(|x| x.to_le_bytes()).collect(),
        ..TensorProto::default()
    }
}

fn named(name: &str) -> String {
    format!("{PREFIX}{name}")
}
