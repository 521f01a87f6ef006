//! A small graph around one operator, put together step by step.

use tract_onnx::pb::{AttributeProto, GraphProto, NodeProto, TensorProto};

use crate::common::{EPSILON, Noise, constant, integers, model, node, read, value};

/// The image's side.
pub(crate) const SIDE: usize = 8;

/// A graph from `image`, `[1, 3, 8, 8]`, to a picture `y` of three channels that is no larger.
pub(crate) struct Case {
    /// What it is about.
    op: &'static str,
    opset: i64,
    pub(crate) nodes: Vec<NodeProto>,
    constants: Vec<TensorProto>,
    /// Whether the GPU leaves it to the CPU.
    pub(crate) cpu_only: bool,
}

impl Case {
    pub(crate) fn then(
        mut self,
        op: &str,
        inputs: &[&str],
        attributes: Vec<AttributeProto>,
    ) -> Self {
        let operand = |&input: &&str| match input {
            "x" => self
                .nodes
                .last()
                .map_or("image", |node| &node.output[0])
                .to_owned(),
            input => input.to_owned(),
        };
        let inputs: Vec<String> = inputs.iter().map(operand).collect();
        let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
        let output = format!("v{}", self.nodes.len());
        self.nodes.push(node(op, &inputs, &output, attributes));
        self
    }

    pub(crate) fn floats(mut self, name: &str, dims: &[i64]) -> Self {
        let mut noise = Noise(dims.iter().sum::<i64>() as u64);
        let count = dims.iter().product::<i64>();
        // 0.2 to 1.2 in size, of both signs: nothing is divided by a number close to 0.
        let number = |noise: &mut Noise| {
            let number = noise.next();
            number + 0.2f32.copysign(number)
        };
        let numbers: Vec<f32> = (0..count).map(|_| number(&mut noise)).collect();
        self.constants.push(constant(name, dims, &numbers));
        self
    }

    pub(crate) fn number(mut self, name: &str, number: f32) -> Self {
        self.constants.push(constant(name, &[], &[number]));
        self
    }

    pub(crate) fn scales(mut self, numbers: &[f32]) -> Self {
        let count = numbers.len() as i64;
        self.constants.push(constant("scales", &[count], numbers));
        self
    }

    pub(crate) fn integers(mut self, name: &str, numbers: &[i64]) -> Self {
        self.constants.push(integers(name, numbers));
        self
    }

    pub(crate) fn opset(mut self, opset: i64) -> Self {
        self.opset = opset;
        self
    }

    pub(crate) fn cpu_only(mut self) -> Self {
        self.cpu_only = true;
        self
    }

    /// The generator: the picture, bounded.
    pub(crate) fn generator(self) -> confounder::Generator {
        let mut case = self
            .then("Tanh", &["x"], vec![])
            .number("epsilon", EPSILON)
            .then("Mul", &["x", "epsilon"], vec![]);
        if let Some(last) = case.nodes.last_mut() {
            last.output[0] = "residual".into();
        }
        let side = Some(SIDE as i64);
        let graph = GraphProto {
            name: case.op.into(),
            node: case.nodes,
            initializer: case.constants,
            input: vec![value("image", [Some(1), Some(3), side, side])],
            output: vec![value("residual", [Some(1), Some(3), None, None])],
            ..GraphProto::default()
        };
        let mut model = model(graph, &format!("square:{SIDE}"), false);
        model.opset_import[0].version = case.opset;
        read(&model).unwrap_or_else(|e| panic!("{}: {e}", case.op))
    }
}

pub(crate) fn case(op: &'static str) -> Case {
    Case {
        op,
        opset: 18,
        nodes: Vec::new(),
        constants: Vec::new(),
        cpu_only: false,
    }
}

/// The left upper quarter of the image.
pub(crate) fn quarter(op: &'static str) -> Case {
    case(op)
        .integers("from", &[0, 0])
        .integers("to", &[4, 4])
        .integers("along", &[2, 3])
        .then("Slice", &["image", "from", "to", "along"], vec![])
}
