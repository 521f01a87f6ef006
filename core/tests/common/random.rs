//! Random generators of contract v1, every operator of it in turn.

use tract_onnx::pb::attribute_proto::AttributeType;
use tract_onnx::pb::{AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto};

use super::common::{EPSILON, Noise, constant, integers, ints, model, node, value};

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

    fn convolution(&mut self, name: &str, [c, h, w]: [i64; 3]) -> Picture {
        let kernel = self.pick(&[1, 3, 3, 3, 5]);
        let stride = if h > 4 && w > 4 {
            self.pick(&[1, 1, 2])
        } else {
            1
        };
        let dilation = if kernel == 3 {
            self.pick(&[1, 1, 2])
        } else {
            1
        };
        let reach = (kernel - 1) * dilation + 1;
        let pad = reach / 2;
        let (group, outputs) = match self.range(0, 4) {
            0 => (c, c),
            1 if c % 2 == 0 => (2, 2 * self.range(1, 5)),
            _ => (1, self.range(1, 12)),
        };
        let size = 1.7 / ((c / group * kernel * kernel) as f32).sqrt();
        let weights = self.floats(&[outputs, c / group, kernel, kernel], size);
        let mut inputs = vec![name.to_owned(), weights];
        if self.range(0, 2) > 0 {
            inputs.push(self.floats(&[outputs], 0.3));
        }
        let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
        let attributes = vec![
            ints("kernel_shape", &[kernel, kernel]),
            ints("strides", &[stride, stride]),
            ints("dilations", &[dilation, dilation]),
            ints("pads", &[pad, pad, pad, pad]),
            int("group", group),
        ];
        let side = |side: i64| (side + 2 * pad - reach) / stride + 1;
        (
            self.add("Conv", &inputs, attributes),
            [outputs, side(h), side(w)],
        )
    }

    fn transposed_convolution(&mut self, name: &str, [c, h, w]: [i64; 3]) -> Picture {
        let (kernel, stride, pad) = if h <= 20 && w <= 20 {
            self.pick(&[(2, 2, 0), (4, 2, 1), (3, 1, 1), (3, 2, 1)])
        } else {
            (3, 1, 1)
        };
        let outputs = self.range(1, 9);
        let size = 1.7 / ((c * kernel * kernel / (stride * stride)) as f32).sqrt();
        let weights = self.floats(&[c, outputs, kernel, kernel], size);
        let bias = self.floats(&[outputs], 0.3);
        let attributes = vec![
            ints("kernel_shape", &[kernel, kernel]),
            ints("strides", &[stride, stride]),
            ints("pads", &[pad, pad, pad, pad]),
        ];
        let side = |side: i64| (side - 1) * stride + kernel - 2 * pad;
        let name = self.add("ConvTranspose", &[name, &weights, &bias], attributes);
        (name, [outputs, side(h), side(w)])
    }

    fn pool(&mut self, name: &str, [c, h, w]: [i64; 3]) -> Picture {
        let (kernel, stride, pad) = self.pick(&[(2, 2, 0), (3, 1, 1), (2, 1, 0), (3, 2, 1)]);
        let mut attributes = vec![
            ints("kernel_shape", &[kernel, kernel]),
            ints("strides", &[stride, stride]),
            ints("pads", &[pad, pad, pad, pad]),
        ];
        let op = self.pick(&["MaxPool", "AveragePool"]);
        if op == "AveragePool" {
            attributes.push(int(
                "count_include_pad",
                self.noise.next().is_sign_negative().into(),
            ));
        }
        let side = |side: i64| (side + 2 * pad - kernel) / stride + 1;
        (self.add(op, &[name], attributes), [c, side(h), side(w)])
    }

    fn resize(&mut self, name: &str, [c, h, w]: [i64; 3]) -> Picture {
        let coordinates = self.pick(&["half_pixel", "asymmetric", "align_corners"]);
        let mode = self.pick(&["nearest", "linear"]);
        let rounding = self.pick(&["floor", "round_prefer_floor"]);
        let attributes = vec![
            text("mode", mode),
            text("coordinate_transformation_mode", coordinates),
            text("nearest_mode", rounding),
        ];
        let (down, across) = (self.pick(&[1, 2]), self.pick(&[1, 2]));
        let name = if self.range(0, 1) == 0 {
            let scales = self.name();
            let numbers = [1.0, 1.0, down as f32, across as f32];
            self.constants.push(constant(&scales, &[4], &numbers));
            self.add("Resize", &[name, "", &scales], attributes)
        } else {
            let sizes = self.integers(&[1, c, down * h, across * w]);
            self.add("Resize", &[name, "", "", &sizes], attributes)
        };
        (name, [c, down * h, across * w])
    }

    /// With another picture of the same sides.
    fn arithmetic(&mut self, name: &str, sides: [i64; 3]) -> Picture {
        let op = self.pick(&["Add", "Sub", "Mul", "Add"]);
        let other = self.like(|a, b| a == b);
        let other = other.map_or(name.to_owned(), |picture| picture.0);
        (self.add(op, &[name, &other], vec![]), sides)
    }

    fn with_number(&mut self, name: &str, sides: [i64; 3]) -> Picture {
        let op = self.pick(&["Add", "Sub", "Mul", "Div"]);
        let size = self.noise.next();
        let number = self.number(1.2 + size);
        let inputs = if op != "Div" && self.range(0, 1) == 0 {
            [number.as_str(), name]
        } else {
            [name, number.as_str()]
        };
        (self.add(op, &inputs, vec![]), sides)
    }

    /// With one number, or one computed value, per channel.
    fn per_channel(&mut self, name: &str, sides: [i64; 3]) -> Picture {
        let other = match self.range(0, 2) {
            0 => self.add("GlobalAveragePool", &[name], vec![]),
            1 => self.floats(&[1, sides[0], 1, 1], 1.0),
            _ => {
                let flat = self.floats(&[sides[0]], 1.0);
                let axes = self.integers(&[0, 2, 3]);
                self.add("Unsqueeze", &[&flat, &axes], vec![])
            }
        };
        let op = self.pick(&["Add", "Sub", "Mul"]);
        let inputs = if self.range(0, 1) == 0 {
            [name, other.as_str()]
        } else {
            [other.as_str(), name]
        };
        (self.add(op, &inputs, vec![]), sides)
    }

    fn concat(&mut self, name: &str, [c, h, w]: [i64; 3]) -> Picture {
        let other = self.like(|a, b| a[1..] == b[1..]);
        let (other, more) = other.map_or((name.to_owned(), c), |picture| (picture.0, picture.1[0]));
        let inputs = if self.range(0, 1) == 0 {
            [name, other.as_str()]
        } else {
            [other.as_str(), name]
        };
        (
            self.add("Concat", &inputs, vec![int("axis", 1)]),
            [c + more, h, w],
        )
    }

    fn pad(&mut self, name: &str, [c, h, w]: [i64; 3]) -> Picture {
        let mode = self.pick(&["constant", "edge", "reflect"]);
        let (top, left) = (self.range(0, 2).min(h - 1), self.range(0, 2).min(w - 1));
        let pads = self.integers(&[0, 0, top, left, 0, 0, 1.min(h - 1), 1.min(w - 1)]);
        let fill = self.number(0.25);
        let inputs = [name, pads.as_str(), fill.as_str()];
        let inputs = if mode == "constant" {
            &inputs[..]
        } else {
            &inputs[..2]
        };
        let name = self.add("Pad", inputs, vec![text("mode", mode)]);
        (name, [c, h + top + 1.min(h - 1), w + left + 1.min(w - 1)])
    }

    fn slice(&mut self, name: &str, [c, h, w]: [i64; 3]) -> Picture {
        let (starts, ends) = (
            self.integers(&[1, 0]),
            self.integers(&[-1, i32::MAX.into()]),
        );
        // tract 0.23.9 takes every second column before a softmax along the rows where this stands behind it.
        let step = if self.nodes.iter().any(|node| node.op_type == "Softmax") {
            1
        } else {
            2
        };
        let (axes, steps) = (self.integers(&[2, 3]), self.integers(&[1, step]));
        let name = self.add("Slice", &[name, &starts, &ends, &axes, &steps], vec![]);
        (name, [c, h - 2, (w + step - 1) / step])
    }

    /// Reshaped to rows and back again.
    fn there_and_back(&mut self, name: &str, [c, h, w]: [i64; 3]) -> Picture {
        let flat = match self.range(0, 2) {
            0 => self.add("Flatten", &[name], vec![int("axis", 2)]),
            1 => {
                let axes = self.integers(&[0]);
                self.add("Squeeze", &[name, &axes], vec![])
            }
            _ => {
                let shape = self.integers(&[c, -1]);
                self.add("Reshape", &[name, &shape], vec![])
            }
        };
        let flat = if self.range(0, 1) == 0 {
            self.add("Tanh", &[&flat], vec![])
        } else {
            flat
        };
        let shape = self.integers(&[1, c, h, w]);
        (self.add("Reshape", &[&flat, &shape], vec![]), [c, h, w])
    }

    /// The mean over some axes, spread over the picture again.
    fn mean(&mut self, name: &str, [c, h, w]: [i64; 3]) -> Picture {
        let axes: &[i64] = self.pick(&[&[2, 3][..], &[1], &[3], &[1, 2, 3]]);
        let mean = if self.opset < 18 {
            self.add(
                "ReduceMean",
                &[name],
                vec![ints("axes", axes), int("keepdims", 1)],
            )
        } else {
            let axes = self.integers(axes);
            self.add("ReduceMean", &[name, &axes], vec![int("keepdims", 1)])
        };
        let shape = self.integers(&[1, c, h, w]);
        let spread = self.add("Expand", &[&mean, &shape], vec![]);
        (self.add("Sub", &[name, &spread], vec![]), [c, h, w])
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

fn attribute(name: &str, kind: AttributeType) -> AttributeProto {
    AttributeProto {
        name: name.into(),
        r#type: kind as i32,
        ..AttributeProto::default()
    }
}

fn int(name: &str, i: i64) -> AttributeProto {
    AttributeProto {
        i,
        ..attribute(name, AttributeType::Int)
    }
}

fn float(name: &str, f: f32) -> AttributeProto {
    AttributeProto {
        f,
        ..attribute(name, AttributeType::Float)
    }
}

fn text(name: &str, text: &str) -> AttributeProto {
    AttributeProto {
        s: text.as_bytes().to_vec(),
        ..attribute(name, AttributeType::String)
    }
}
