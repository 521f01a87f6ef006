//! Convolutions, packed. Groups other than one per channel are run as one group with zeros between.

use super::epilogue::Tail;
use super::lowered::{Lowered, unsupported, word};
use super::lowering::Lowering;
use super::value::Picture;
use super::values::Params;
use crate::engine::gpu::kernel::Kernel;
use crate::engine::gpu::program::{Extent, Source, View};
use crate::graph::{self, Padding, TransposedConvolution};

/// Most numbers in the packed weights of one convolution: 64 MiB.
const MAX_WEIGHTS: usize = 16 << 20;

/// Where a convolution's windows lie. Pairs are down and across.
struct Window {
    kernel: [usize; 2],
    stride: [usize; 2],
    dilation: [usize; 2],
    /// Before the first row and column.
    pads: [usize; 2],
    group: usize,
}

/// Weights as `[outputs][inputs of a group][down][across]`.
struct Weights {
    outputs: usize,
    inputs: usize,
    kernel: [usize; 2],
    numbers: Vec<f32>,
    bias: Vec<f32>,
}

impl Lowering<'_> {
    pub(super) fn convolution(&mut self, name: &str, conv: &graph::Convolution) -> Lowered<()> {
        let weights = self.weights(conv)?;
        let window = self.window(name, conv, weights.kernel, false)?;
        let channels = Picture::of(&self.shape_of(&conv.x)?)?.channels as usize;
        let depthwise = window.group == channels && weights.outputs == channels && channels > 1;
        let plain = window.kernel == [3, 3] && window.stride == [1, 1] && window.dilation == [1, 1];
        if depthwise {
            let at = self.pack_depthwise(&weights)?;
            return self.convolve(name, &conv.x, Kernel::Depthwise, &window, at);
        }
        let (per, outputs) = (weights.inputs, weights.outputs / window.group);
        let at = self.pack_dense(weights.outputs, channels, &weights, |o, i, tap| {
            (o / outputs == i / per).then(|| (o * per + i % per) * weights.taps() + tap)
        })?;
        let kernel = if plain { Kernel::Conv3x3 } else { Kernel::Conv };
        self.convolve(name, &conv.x, kernel, &window, at)
    }

    pub(super) fn transposed_convolution(
        &mut self,
        name: &str,
        transposed: &TransposedConvolution,
    ) -> Lowered<()> {
        let conv = &transposed.convolution;
        if transposed.sides.is_some() {
            return Err(unsupported("transposed convolutions to a given size"));
        }
        // Here `outputs` and `inputs` of the file are the other way round.
        let weights = self.weights(conv)?;
        let window = self.window(name, conv, weights.kernel, true)?;
        let (channels, per) = (weights.outputs, weights.inputs);
        let inputs = channels / window.group;
        let at = self.pack_dense(per * window.group, channels, &weights, |o, i, tap| {
            (o / per == i / inputs).then(|| (i * per + o % per) * weights.taps() + tap)
        })?;
        self.convolve(name, &conv.x, Kernel::ConvTranspose, &window, at)
    }

    /// The pass, with what follows it.
    fn convolve(
        &mut self,
        name: &str,
        x: &str,
        kernel: Kernel,
        window: &Window,
        weights: View,
    ) -> Lowered<()> {
        let from = Picture::of(&self.shape_of(x)?)?;
        let shape = self.shape_of(name)?;
        let to = Picture::of(&shape)?;
        let source = self.packed(x)?;
        let tail = self.tail(name, |other| other == shape);
        let other = tail
            .other
            .as_deref()
            .map(|name| self.packed(name))
            .transpose()?;
        let inputs: Vec<View> = [source, weights].into_iter().chain(other).collect();
        let out = self.packed_output(&tail.name, to.length(), &inputs);
        let Source::Value(buffer) = out.source else {
            return Err(unsupported("a pass without a buffer"));
        };
        // Four pixels of a row at a time, or one.
        let (across, count) = match kernel {
            Kernel::Conv | Kernel::Conv3x3 => {
                let groups = to.width.div_ceil(4);
                (groups, to.batch * to.blocks * to.height * groups)
            }
            _ => (0, to.length()),
        };
        let params = Params::new(&tail.epilogue)
            .words([from.width, from.height, to.width, to.height])
            .words([from.blocks, to.blocks, across, count])
            .words([word(window.pads[1])?, word(window.pads[0])?])
            .row()
            .words([0])
            .words([source.at, weights.at, other.map_or(0, |o| o.at), out.at]);
        let constants = constants(kernel, window, &tail);
        self.pass(
            kernel,
            constants,
            params,
            &inputs,
            buffer,
            Extent::Invocations(count),
        );
        self.set_packed(&tail.name, out)
    }

    fn weights(&self, conv: &graph::Convolution) -> Lowered<Weights> {
        let weights = self.constants.get(&conv.weights);
        let shape = weights.map(|weights| weights.shape.as_slice());
        let (Some(&[outputs, inputs, down, across]), Some(weights)) = (shape, weights) else {
            return Err(unsupported(
                "convolutions but those of pictures with weights that are in the file",
            ));
        };
        let bias = match &conv.bias {
            Some(bias) => self.constants.get(bias).map(|bias| bias.numbers.clone()),
            None => Some(Vec::new()),
        };
        Ok(Weights {
            outputs,
            inputs,
            kernel: [down, across],
            numbers: weights.numbers.clone(),
            bias: bias.ok_or_else(|| unsupported("a bias that is not in the file"))?,
        })
    }

    fn window(
        &self,
        name: &str,
        conv: &graph::Convolution,
        kernel: [usize; 2],
        transposed: bool,
    ) -> Lowered<Window> {
        let strange = || unsupported("convolutions with such attributes");
        let stride = conv.window.strides.pair().ok_or_else(strange)?;
        let dilation = conv.window.dilations.pair().ok_or_else(strange)?;
        let from = Picture::of(&self.shape_of(&conv.x)?)?;
        let to = Picture::of(&self.shape_of(name)?)?;
        let (from, to) = (
            [from.height as usize, from.width as usize],
            [to.height as usize, to.width as usize],
        );
        let reach = |axis: usize| (kernel[axis] - 1) * dilation[axis] + 1;
        let total =
            |axis: usize| ((to[axis] - 1) * stride[axis] + reach(axis)).saturating_sub(from[axis]);
        let pads = match &conv.window.padding {
            Padding::Explicit(None) | Padding::Valid => [0, 0],
            Padding::Explicit(Some([before, _])) => {
                before.as_slice().try_into().map_err(|_| strange())?
            }
            Padding::SameUpper | Padding::SameLower if transposed => return Err(strange()),
            Padding::SameUpper => [total(0) / 2, total(1) / 2],
            Padding::SameLower => [total(0).div_ceil(2), total(1).div_ceil(2)],
        };
        Ok(Window {
            kernel,
            stride,
            dilation,
            pads,
            group: conv.group,
        })
    }

    /// Weights between all channels; `place` says where in the file one lies, `None` for zero.
    fn pack_dense(
        &mut self,
        outputs: usize,
        inputs: usize,
        weights: &Weights,
        place: impl Fn(usize, usize, usize) -> Option<usize>,
    ) -> Lowered<View> {
        let taps = weights.taps();
        let blocks = (outputs.div_ceil(4), inputs.div_ceil(4));
        if blocks.0 * blocks.1 * 16 * taps > MAX_WEIGHTS {
            return Err(unsupported("convolutions with that many weights"));
        }
        let at = self.weights_end()?;
        for block in 0..blocks.0 {
            let rows = || (4 * block)..(4 * block + 4);
            self.program.weights.extend(rows().map(|o| weights.bias(o)));
            for i in 0..blocks.1 {
                for tap in 0..taps {
                    for i in (4 * i)..(4 * i + 4) {
                        self.program.weights.extend(rows().map(|o| {
                            let inside = o < outputs && i < inputs;
                            let place = if inside { place(o, i, tap) } else { None };
                            place
                                .and_then(|at| weights.numbers.get(at))
                                .copied()
                                .unwrap_or(0.0)
                        }));
                    }
                }
            }
        }
        Ok(at)
    }

    fn pack_depthwise(&mut self, weights: &Weights) -> Lowered<View> {
        let at = self.weights_end()?;
        let taps = weights.taps();
        for block in 0..weights.outputs.div_ceil(4) {
            let rows = || (4 * block)..(4 * block + 4);
            self.program.weights.extend(rows().map(|o| weights.bias(o)));
            for tap in 0..taps {
                let number = |o: usize| weights.numbers.get(o * taps + tap).copied();
                self.program
                    .weights
                    .extend(rows().map(|o| number(o).unwrap_or(0.0)));
            }
        }
        Ok(at)
    }

    fn weights_end(&self) -> Lowered<View> {
        Ok(View {
            source: Source::Weights,
            at: word(self.program.weights.len() / 4)?,
        })
    }
}

impl Weights {
    fn taps(&self) -> usize {
        self.kernel[0] * self.kernel[1]
    }

    fn bias(&self, output: usize) -> f32 {
        self.bias.get(output).copied().unwrap_or(0.0)
    }
}

fn constants(kernel: Kernel, window: &Window, tail: &Tail) -> Vec<(&'static str, f64)> {
    let mut constants = vec![
        tail.epilogue.constant(),
        ("OTHER", f64::from(u8::from(tail.other.is_some()))),
    ];
    if kernel != Kernel::Conv3x3 {
        let number = |n: usize| n as f64;
        constants.extend([
            ("KERNEL_X", number(window.kernel[1])),
            ("KERNEL_Y", number(window.kernel[0])),
            ("STRIDE_X", number(window.stride[1])),
            ("STRIDE_Y", number(window.stride[0])),
            ("DILATION_X", number(window.dilation[1])),
            ("DILATION_Y", number(window.dilation[0])),
        ]);
    }
    constants
}
