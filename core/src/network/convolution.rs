//! Windows that move over pictures.

use tract_core::internal::*;
use tract_core::ops::cnn::deconv::adjustments;
use tract_core::ops::cnn::{Conv, Deconv, KernelFormat, MaxPool, PaddingSpec, PoolSpec, SumPool};
use tract_core::ops::nn::DataFormat;

use super::Wiring;
use crate::graph::{Convolution, Padding, Pool, Steps, TransposedConvolution, Window};

impl Wiring<'_> {
    pub(super) fn convolution(&mut self, name: &str, conv: &Convolution) -> TractResult<OutletId> {
        let (x, kernel) = (self.value(&conv.x)?, self.value(&conv.weights)?);
        let (from, shape) = (self.shape(x)?, self.shape(kernel)?);
        let group = conv.group;
        let spec = spec(&conv.window, &from, &shape, None)?;
        let outputs = spec.output_channels;
        ensure!(
            outputs.is_multiple_of(group),
            "{outputs} outputs of {group} groups"
        );
        let inputs = spec.input_channels * group;
        ensure!(from[1] == inputs, "{} channels for {inputs}", from[1]);
        let spec = PoolSpec {
            input_channels: inputs,
            ..spec
        };
        let bias = self.bias(name, conv, outputs)?;
        let op = Conv::new(spec, KernelFormat::OIHW, group, None);
        self.wire(name, op, &[x, kernel, bias])
    }

    pub(super) fn transposed_convolution(
        &mut self,
        name: &str,
        transposed: &TransposedConvolution,
    ) -> TractResult<OutletId> {
        let conv = &transposed.convolution;
        let (x, kernel) = (self.value(&conv.x)?, self.value(&conv.weights)?);
        let (from, shape) = (self.shape(x)?, self.shape(kernel)?);
        let group = conv.group;
        let spec = spec(&conv.window, &from, &shape, None)?;
        let (inputs, outputs) = (shape[0], shape[1] * group);
        ensure!(from[1] == inputs, "{} channels for {inputs}", from[1]);
        ensure!(
            inputs.is_multiple_of(group),
            "{inputs} inputs of {group} groups"
        );
        // ONNX keeps kernels of [inputs, outputs of a group, H, W], tract wants [outputs, inputs of a group, H, W].
        let per = inputs / group;
        let split = AxisOp::Reshape(
            0,
            tvec![inputs.to_dim()],
            tvec![group.to_dim(), per.to_dim()],
        );
        let joined = AxisOp::Reshape(
            0,
            tvec![group.to_dim(), shape[1].to_dim()],
            tvec![outputs.to_dim()],
        );
        let kernel = self.wire_all(name, [split, AxisOp::Move(1, 2), joined], kernel)?;
        let spec = PoolSpec {
            input_channels: inputs,
            output_channels: outputs,
            ..spec
        };
        let adjustments = match (&transposed.sides, &transposed.more) {
            (Some(sides), _) => {
                ensure!(sides.len() == spec.rank(), "an output_shape of {sides:?}");
                adjustments(&spec, &from[2..], sides)?
            }
            (None, Some(more)) => {
                ensure!(more.len() == spec.rank(), "an output_padding of {more:?}");
                TVec::from_slice(more)
            }
            (None, None) => tvec![0; spec.rank()],
        };
        let bias = self.bias(name, conv, outputs)?;
        let op = Deconv::new(spec, KernelFormat::OIHW, adjustments, group);
        self.wire(name, op, &[x, kernel, bias])
    }

    pub(super) fn max_pool(&mut self, name: &str, pool: &Pool) -> TractResult<OutletId> {
        let (x, spec) = self.pool(pool)?;
        self.wire(name, MaxPool::new(spec, None), &[x])
    }

    pub(super) fn average_pool(&mut self, name: &str, pool: &Pool) -> TractResult<OutletId> {
        let (x, spec) = self.pool(pool)?;
        self.wire(name, SumPool::new(spec, pool.count_padding, true), &[x])
    }

    fn pool(&mut self, pool: &Pool) -> TractResult<(OutletId, PoolSpec)> {
        let x = self.value(&pool.x)?;
        let from = self.shape(x)?;
        let channels = *from.get(1).context("no channels")?;
        let kernel = [&[channels, channels], &pool.kernel[..]].concat();
        let spec = spec(&pool.window, &from, &kernel, Some(pool.round_up))?;
        Ok((x, spec))
    }

    /// One number for each channel, or zero.
    fn bias(&mut self, name: &str, conv: &Convolution, channels: usize) -> TractResult<OutletId> {
        let Some(bias) = self.optional(conv.bias.as_ref())? else {
            return self.number(format!("{name}.bias"), 0.0);
        };
        let shape = self.shape(bias)?;
        ensure!(
            shape == [channels],
            "a bias of {shape:?} for {channels} channels"
        );
        match channels {
            1 => self.wire(format!("{name}.bias"), AxisOp::Rm(0), &[bias]),
            _ => Ok(bias),
        }
    }
}

/// Where windows lie. `kernel` is `[outputs, inputs, ..sides]`; `round_up` is that of a pool.
fn spec(
    window: &Window,
    from: &[usize],
    kernel: &[usize],
    round_up: Option<bool>,
) -> TractResult<PoolSpec> {
    let whole = kernel.iter().chain(from).all(|&side| side > 0);
    ensure!(
        whole && from.len() > 2 && from.len() == kernel.len(),
        "a kernel of {kernel:?} for values of {from:?}"
    );
    let sides = &kernel[2..];
    let rank = sides.len();
    if let Some(told) = &window.kernel {
        ensure!(
            told[..] == *sides,
            "kernel_shape is {told:?}, not {sides:?}"
        );
    }
    let steps = |steps: &Steps| -> TractResult<Option<TVec<usize>>> {
        let steps = steps.along(rank);
        let steps = steps.with_context(|| format!("strides or dilations not of {rank} axes"))?;
        Ok(Some(TVec::from_vec(steps)))
    };
    Ok(PoolSpec {
        data_format: DataFormat::NCHW,
        kernel_shape: sides.into(),
        padding: padding(&window.padding, rank, round_up)?,
        dilations: steps(&window.dilations)?,
        strides: steps(&window.strides)?,
        input_channels: kernel[1],
        output_channels: kernel[0],
    })
}

fn padding(padding: &Padding, rank: usize, round_up: Option<bool>) -> TractResult<PaddingSpec> {
    let [before, behind] = match padding {
        Padding::Valid => return Ok(PaddingSpec::Valid),
        Padding::SameUpper => return Ok(PaddingSpec::SameUpper),
        Padding::SameLower => return Ok(PaddingSpec::SameLower),
        Padding::Explicit(None) => [tvec![0; rank], tvec![0; rank]],
        Padding::Explicit(Some(pads)) => {
            ensure!(pads[0].len() == rank, "pads of {pads:?} for {rank} axes");
            [TVec::from_slice(&pads[0]), TVec::from_slice(&pads[1])]
        }
    };
    Ok(match round_up {
        Some(up) => PaddingSpec::ExplicitOnnxPool(before, behind, up),
        None => PaddingSpec::Explicit(before, behind),
    })
}
