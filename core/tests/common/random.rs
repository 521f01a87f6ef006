//! Random generators of contract v1, every operator of it in turn.

#[path = "random_operators.rs"]
mod operators;

use tract_onnx::pb::{AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto};

use super::common::{
    EPSILON, Noise, constant, float, int, integers, ints, model, node, text, value,
};

/// A generator drawn by `seed`.
pub(crate) fn random_generator(seed: u64) -> ModelProto {
    let mut draw = Draw::new(seed);
    for _ in 0..draw.range(3, 12) {
        draw.operation();
    }
    draw.head();
    let sides = [Some(1), Some(3), Some(draw.side), Some(draw.side)];
    let grid = format!("square:{}", draw.side);
    let output = [Some(1), Some(3), None, None];
    let graph = GraphProto {
        name: "random".into(),
        node: draw.nodes,
        initializer: draw.constants,
        input: vec![value("image", sides)],
        output: vec![value("residual", output)],
        ..GraphProto::default()
    };
    let mut model = model(graph, &grid, false);
    // `Pad` and `ReduceMean` take axes as operands from 18 on; 17 to 21 are all allowed.
    model.opset_import[0].version = draw.opset;
    model
}

/// A picture that was made on the way: its name and channels, height, width.
type Picture = (String, [i64; 3]);

struct Draw {
    noise: Noise,
    opset: i64,
    side: i64,
    nodes: Vec<NodeProto>,
    constants: Vec<TensorProto>,
    /// The last is worked on.
    pictures: Vec<Picture>,
}

impl Draw {
    fn new(seed: u64) -> Self {
        let mut noise = Noise(seed | 1);
        for _ in 0..8 {
            noise.next();
        }
        let mut draw = Self {
            noise,
            opset: 17,
            side: 8,
            nodes: Vec::new(),
            constants: Vec::new(),
            pictures: Vec::new(),
        };
        draw.opset = draw.range(17, 21);
        draw.side = 8 * draw.range(1, 5);
        let image = ("image".into(), [3, draw.side, draw.side]);
        draw.pictures.push(image);
        draw
    }

    /// A number of `low..=high`.
    fn range(&mut self, low: i64, high: i64) -> i64 {
        let unit = self.noise.next() + 0.5;
        (low + (unit * (high - low + 1) as f32) as i64).min(high)
    }

    fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.range(0, choices.len() as i64 - 1) as usize]
    }

    fn name(&self) -> String {
        format!("v{}", self.nodes.len() + self.constants.len())
    }

    fn floats(&mut self, dims: &[i64], size: f32) -> String {
        let name = self.name();
        let count = dims.iter().product::<i64>();
        let numbers: Vec<f32> = (0..count).map(|_| 2.0 * size * self.noise.next()).collect();
        self.constants.push(constant(&name, dims, &numbers));
        name
    }

    fn number(&mut self, number: f32) -> String {
        let name = self.name();
        self.constants.push(constant(&name, &[], &[number]));
        name
    }

    fn integers(&mut self, numbers: &[i64]) -> String {
        let name = self.name();
        self.constants.push(integers(&name, numbers));
        name
    }

    fn add(&mut self, op: &str, inputs: &[&str], attributes: Vec<AttributeProto>) -> String {
        let name = self.name();
        self.nodes.push(node(op, inputs, &name, attributes));
        name
    }

    fn last(&self) -> Picture {
        self.pictures[self.pictures.len() - 1].clone()
    }

    /// A picture of the same sides as the last, if there is another.
    fn like(&mut self, same: impl Fn([i64; 3], [i64; 3]) -> bool) -> Option<Picture> {
        let (_, sides) = self.last();
        let others: Vec<Picture> = self
            .pictures
            .iter()
            .filter(|picture| picture.0 != "image" && same(picture.1, sides))
            .cloned()
            .collect();
        let at = self.range(0, others.len() as i64) as usize;
        others.get(at).cloned()
    }

    fn operation(&mut self) {
        let (name, [c, h, w]) = self.last();
        let sides = [c, h, w];
        let next = match self.range(0, 24) {
            0..=4 => self.convolution(&name, sides),
            5 => self.transposed_convolution(&name, sides),
            6 => {
                let slope = vec![float("alpha", 0.1)];
                (self.add("LeakyRelu", &[&name], slope), sides)
            }
            7 => {
                let op = self.pick(&["Relu", "Tanh", "Sigmoid", "Identity"]);
                (self.add(op, &[&name], vec![]), sides)
            }
            8 => {
                let (low, high) = (self.number(-0.4), self.number(0.6));
                let low = if self.range(0, 1) == 0 {
                    low
                } else {
                    String::new()
                };
                (self.add("Clip", &[&name, &low, &high], vec![]), sides)
            }
            9 if h >= 2 && w >= 2 => self.pool(&name, sides),
            10 if h <= 24 && w <= 24 => self.resize(&name, sides),
            11 if c % 4 == 0 && h <= 24 => {
                let mode = self.pick(&["DCR", "CRD"]);
                let attributes = vec![int("blocksize", 2), text("mode", mode)];
                let name = self.add("DepthToSpace", &[&name], attributes);
                (name, [c / 4, 2 * h, 2 * w])
            }
            12 => self.arithmetic(&name, sides),
            13 => self.with_number(&name, sides),
            14 => self.per_channel(&name, sides),
            15 | 16 => self.concat(&name, sides),
            17 => self.pad(&name, sides),
            18 if h >= 4 && w >= 4 => self.slice(&name, sides),
            19 => {
                let order = self.pick(&[[0, 1, 3, 2], [0, 2, 1, 3], [0, 3, 2, 1]]);
                let at = |axis: i64| sides[axis as usize - 1];
                let to = [at(order[1]), at(order[2]), at(order[3])];
                (
                    self.add("Transpose", &[&name], vec![ints("perm", &order)]),
                    to,
                )
            }
            20 => self.there_and_back(&name, sides),
            21 => self.mean(&name, sides),
            22 => {
                let axis = self.pick(&[1, -1, 2]);
                (
                    self.add("Softmax", &[&name], vec![int("axis", axis)]),
                    sides,
                )
            }
            23 if w <= 32 => {
                let to = self.range(2, 12);
                let matrix = self.floats(&[w, to], 1.5 / (w as f32).sqrt());
                (self.add("MatMul", &[&name, &matrix], vec![]), [c, h, to])
            }
            _ => self.convolution(&name, sides),
        };
        self.pictures.push(next);
    }

    /// To three channels no finer than the image, within epsilon.
    fn head(&mut self) {
        let (mut name, [mut c, h, w]) = self.last();
        if h > self.side || w > self.side || self.range(0, 2) == 0 {
            name = self.add("GlobalAveragePool", &[&name], vec![]);
            let flat = self.add("Flatten", &[&name], vec![]);
            let dense = self.floats(&[5, c], 2.0);
            let bias = self.floats(&[5], 1.0);
            let attributes = vec![int("transB", 1), float("alpha", 0.7)];
            let logits = self.add("Gemm", &[&flat, &dense, &bias], attributes);
            let code = self.add("Softmax", &[&logits], vec![]);
            let bank = self.floats(&[5, 32], 1.0);
            let mixed = self.add("MatMul", &[&code, &bank], vec![]);
            let shape = self.integers(&[1, 2, 4, 4]);
            name = self.add("Reshape", &[&mixed, &shape], vec![]);
            c = 2;
        }
        let weights = self.floats(&[3, c, 1, 1], 1.7 / (c as f32).sqrt());
        let picture = self.add("Conv", &[&name, &weights], vec![]);
        let bounded = self.add("Tanh", &[&picture], vec![]);
        let epsilon = self.number(EPSILON);
        self.nodes
            .push(node("Mul", &[&bounded, &epsilon], "residual", vec![]));
    }
}
