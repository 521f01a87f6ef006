use super::{Init, State};
use crate::graph::{Graph, Value};

/// Batch statistics or running statistics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Normalise by the batch's own statistics and collect them.
    Train,
    /// Normalise by the running statistics.
    Evaluate,
}

/// Where a scope takes its weights from.
#[derive(Debug, Clone, Copy)]
pub enum Weights<'w> {
    /// From the graph's flat inputs `NAME` (parameters) and `NAME.statistics`.
    Slots(&'w str),
    /// From a state, as constants. In [`Mode::Evaluate`] batch norm is folded into its convolution.
    Frozen(&'w State),
}

/// One parameter or statistic of a network.
#[derive(Debug, Clone, PartialEq)]
pub struct Spec {
    /// Extents.
    pub shape: Vec<usize>,
    /// How it starts.
    pub init: Init,
}

const BATCH_NORM_EPSILON: f32 = 1e-5;

/// Hands a network its weights in the order it asks for them, and remembers what it asked for.
pub struct Scope<'g, 'w> {
    /// The graph under construction.
    pub graph: &'g mut Graph,
    weights: Weights<'w>,
    mode: Mode,
    parameters: Vec<Spec>,
    parameter_values: Vec<Value>,
    parameter_offset: usize,
    statistics: Vec<Spec>,
    statistic_offset: usize,
    batch_statistics: Vec<Value>,
}

impl<'g, 'w> Scope<'g, 'w> {
    /// A scope at the start of its weights.
    pub fn new(graph: &'g mut Graph, weights: Weights<'w>, mode: Mode) -> Self {
        Self {
            graph,
            weights,
            mode,
            parameters: Vec::new(),
            parameter_values: Vec::new(),
            parameter_offset: 0,
            statistics: Vec::new(),
            statistic_offset: 0,
            batch_statistics: Vec::new(),
        }
    }

    /// The parameters asked for so far.
    pub fn parameters(&self) -> &[Spec] {
        &self.parameters
    }

    /// Their values in the graph, in the same order.
    pub fn parameter_values(&self) -> &[Value] {
        &self.parameter_values
    }

    /// The statistics asked for so far.
    pub fn statistics(&self) -> &[Spec] {
        &self.statistics
    }

    /// What the batch's own statistics were ([`Mode::Train`]), in the order of [`Scope::statistics`].
    pub fn batch_statistics(&self) -> &[Value] {
        &self.batch_statistics
    }

    /// The next parameter.
    pub fn parameter(&mut self, shape: &[usize], init: Init) -> Value {
        let len: usize = shape.iter().product();
        let offset = self.parameter_offset;
        self.parameter_offset += len;
        self.parameters.push(Spec {
            shape: shape.to_vec(),
            init,
        });
        let value = match self.weights {
            Weights::Slots(name) => self.graph.slot(name, offset, shape),
            Weights::Frozen(state) => self
                .graph
                .constant(&state.parameters[offset..offset + len], shape),
        };
        self.parameter_values.push(value);
        value
    }

    fn statistic(&mut self, channels: usize, start: f32) -> Value {
        let offset = self.statistic_offset;
        self.statistic_offset += channels;
        self.statistics.push(Spec {
            shape: vec![channels],
            init: Init::Constant(start),
        });
        match self.weights {
            Weights::Slots(name) => {
                self.graph
                    .slot(&format!("{name}.statistics"), offset, &[channels])
            }
            Weights::Frozen(state) => self
                .graph
                .constant(&state.statistics[offset..offset + channels], &[channels]),
        }
    }

    /// Convolution without bias, k x k, padded to keep the extents at stride 1, then batch norm.
    pub fn conv_norm(&mut self, x: Value, out: usize, k: usize, stride: usize) -> Value {
        self.conv_norm_with(
            x,
            [out, k, stride, k / 2],
            Init::FanInUniform,
            Init::Constant(1.0),
        )
    }

    /// [`Scope::conv_norm`] with `[out channels, k, stride, padding]` and the starts of kernel and scale.
    pub fn conv_norm_with(
        &mut self,
        x: Value,
        shape: [usize; 4],
        kernel: Init,
        scale: Init,
    ) -> Value {
        let channels = self.graph.shape(x)[1];
        self.normalised(x, channels, shape, [kernel, scale])
    }

    /// Convolution of each channel by itself, `[k, stride, padding]`, then batch norm.
    pub fn depthwise_norm(&mut self, x: Value, shape: [usize; 3], kernel: Init) -> Value {
        let channels = self.graph.shape(x)[1];
        let [k, stride, padding] = shape;
        let shape = [channels, k, stride, padding];
        self.normalised(x, 1, shape, [kernel, Init::Constant(1.0)])
    }

    /// A convolution whose kernels see `seen` channels each, then batch norm.
    fn normalised(
        &mut self,
        x: Value,
        seen: usize,
        shape: [usize; 4],
        [kernel, scale]: [Init; 2],
    ) -> Value {
        let [out, k, stride, padding] = shape;
        if let (Weights::Frozen(state), Mode::Evaluate) = (self.weights, self.mode) {
            return self.folded(x, seen, state, shape, [kernel, scale]);
        }
        let w = self.parameter(&[out, seen, k, k], kernel);
        let y = self.graph.conv(x, w, stride, padding);
        self.norm(y, scale)
    }

    /// Convolution without bias, k x k, padded to keep the extents at stride 1.
    pub fn conv(&mut self, x: Value, out: usize, k: usize, stride: usize) -> Value {
        let channels = self.graph.shape(x)[1];
        let w = self.parameter(&[out, channels, k, k], Init::FanInUniform);
        self.graph.conv(x, w, stride, k / 2)
    }

    /// Batch norm over the channels of `x [N, C, H, W]`.
    pub fn norm(&mut self, x: Value, scale: Init) -> Value {
        let channels = self.graph.shape(x)[1];
        let gamma = self.parameter(&[channels], scale);
        let beta = self.parameter(&[channels], Init::Constant(0.0));
        let (running_mean, running_variance) =
            (self.statistic(channels, 0.0), self.statistic(channels, 1.0));
        match self.mode {
            Mode::Train => {
                let (y, mean, variance) = self.graph.batch_norm(x, gamma, beta, BATCH_NORM_EPSILON);
                self.batch_statistics.extend([mean, variance]);
                y
            }
            Mode::Evaluate => {
                let g = &mut *self.graph;
                let epsilon = g.scalar(BATCH_NORM_EPSILON);
                let safe = g.add(running_variance, epsilon);
                let deviation = g.sqrt(safe);
                let factor = g.div(gamma, deviation);
                let offset = g.mul(running_mean, factor);
                let shift = g.sub(beta, offset);
                g.scale_shift(x, factor, shift)
            }
        }
    }

    /// The convolution whose kernel and bias contain the batch norm that follows it.
    fn folded(
        &mut self,
        x: Value,
        channels: usize,
        state: &State,
        shape: [usize; 4],
        inits: [Init; 2],
    ) -> Value {
        let [out, k, stride, padding] = shape;
        let [kernel, scale] = inits;
        let start = self.parameter_offset;
        let per_output = channels * k * k;
        let weights = &state.parameters[start..start + out * per_output];
        let gamma = &state.parameters[start + weights.len()..][..out];
        let beta = &state.parameters[start + weights.len() + out..][..out];
        let mean = &state.statistics[self.statistic_offset..][..out];
        let variance = &state.statistics[self.statistic_offset + out..][..out];
        let factor: Vec<f32> = gamma
            .iter()
            .zip(variance)
            .map(|(g, v)| g / (v + BATCH_NORM_EPSILON).sqrt())
            .collect();
        let folded: Vec<f32> = weights
            .iter()
            .enumerate()
            .map(|(i, w)| w * factor[i / per_output])
            .collect();
        let bias: Vec<f32> = (0..out).map(|i| beta[i] - mean[i] * factor[i]).collect();

        self.parameter_offset += weights.len() + 2 * out;
        self.statistic_offset += 2 * out;
        let specs = [
            (vec![out, channels, k, k], kernel),
            (vec![out], scale),
            (vec![out], Init::Constant(0.0)),
        ];
        self.parameters
            .extend(specs.map(|(shape, init)| Spec { shape, init }));
        let w = self.graph.constant(&folded, &[out, channels, k, k]);
        let b = self.graph.constant(&bias, &[out]);
        self.graph.conv_bias(x, w, b, stride, padding)
    }

    /// Convolution with bias, k x k, `[out channels, k, stride, padding]`.
    pub fn conv_bias(&mut self, x: Value, shape: [usize; 4], init: Init) -> Value {
        let [out, k, stride, padding] = shape;
        let channels = self.graph.shape(x)[1];
        let w = self.parameter(&[out, channels, k, k], init);
        let b = self.parameter(&[out], Init::Constant(0.0));
        self.graph.conv_bias(x, w, b, stride, padding)
    }

    /// Dense layer on `x [N, C]`: `x W^T + b`.
    pub fn dense(&mut self, x: Value, out: usize) -> Value {
        let channels = self.graph.shape(x)[1];
        let w = self.parameter(&[out, channels], Init::FanInUniform);
        let b = self.parameter(&[out], Init::Constant(0.0));
        let product = self.graph.gemm(x, w, false, true);
        self.graph.add(product, b)
    }
}
