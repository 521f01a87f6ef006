//! Windows that move over pictures.

use tract_core::internal::*;
use tract_core::ops::cnn::deconv::adjustments;
use tract_core::ops::cnn::{Conv, Deconv, KernelFormat, MaxPool, PaddingSpec, PoolSpec, SumPool};
use tract_core::ops::nn::DataFormat;

use super::Wiring;
use crate::onnx::{Attributes, NodeProto, output};

impl<'a> Wiring<'a> {
    pub(super) fn convolution(&mut self, node: &'a NodeProto) -> TractResult<OutletId> {
        let (x, kernel) = (self.operand(node, 0)?, self.operand(node, 1)?);
        let (from, shape) = (self.shape(x)?, self.shape(kernel)?);
        let group = group(node)?;
        let outputs = *shape.first().context("a kernel without channels")?;
        let spec = spec(node, &from, &shape, false)?;
        ensure!(
            outputs.is_multiple_of(group),
            "{outputs} outputs of {group} groups"
        );
        let inputs = spec.input_channels * group;
        ensure!(from[1] == inputs, "{} channels for {inputs}", from[1]);
        let spec = PoolSpec {
            input_channels: inputs,
            output_channels: outputs,
            ..spec
        };
        let bias = self.bias(node, outputs)?;
        let op = Conv::new(spec, KernelFormat::OIHW, group, None);
        self.wire(output(node), op, &[x, kernel, bias])
    }

    pub(super) fn transposed_convolution(&mut self, node: &'a NodeProto) -> TractResult<OutletId> {
        let (x, kernel) = (self.operand(node, 0)?, self.operand(node, 1)?);
        let (from, shape) = (self.shape(x)?, self.shape(kernel)?);
        let (name, group) = (output(node), group(node)?);
        let spec = spec(node, &from, &shape, false)?;
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
        let kernel = self.wire_all(node, [split, AxisOp::Move(1, 2), joined], kernel)?;
        let spec = PoolSpec {
            input_channels: inputs,
            output_channels: outputs,
            ..spec
        };
        let attributes = Attributes(node);
        let sides = |name| sides(attributes, name, spec.rank());
        let adjustments = match sides("output_shape")? {
            Some(sides) => adjustments(&spec, &from[2..], &sides)?,
            None => sides("output_padding")?.unwrap_or_else(|| tvec![0; spec.rank()]),
        };
        let bias = self.bias(node, outputs)?;
        let op = Deconv::new(spec, KernelFormat::OIHW, adjustments, group);
        self.wire(name, op, &[x, kernel, bias])
    }

    pub(super) fn pool(&mut self, node: &'a NodeProto) -> TractResult<OutletId> {
        let x = self.operand(node, 0)?;
        let from = self.shape(x)?;
        let attributes = Attributes(node);
        let kernel = attributes.ints("kernel_shape").context("no kernel_shape")?;
        let kernel: Vec<usize> = kernel
            .iter()
            .map(|&n| positive(n))
            .collect::<TractResult<_>>()?;
        let channels = *from.get(1).context("no channels")?;
        let kernel = [&[channels, channels], &kernel[..]].concat();
        let spec = spec(node, &from, &kernel, true)?;
        let include = attributes.int("count_include_pad", 0) != 0;
        match node.op_type.as_str() {
            "MaxPool" => self.wire(output(node), MaxPool::new(spec, None), &[x]),
            _ => self.wire(output(node), SumPool::new(spec, include, true), &[x]),
        }
    }

    /// One number for each channel, or zero.
    fn bias(&mut self, node: &'a NodeProto, channels: usize) -> TractResult<OutletId> {
        let name = output(node);
        let Some(bias) = self.optional(node, 2)? else {
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

fn group(node: &NodeProto) -> TractResult<usize> {
    positive(Attributes(node).int("group", 1))
}

fn positive(number: i64) -> TractResult<usize> {
    let number = usize::try_from(number).ok().filter(|&n| n > 0);
    number.context("a number that must be positive is not")
}

/// Numbers of 0 or more, one for each axis of a picture.
fn sides(attributes: Attributes<'_>, name: &str, rank: usize) -> TractResult<Option<TVec<usize>>> {
    let Some(numbers) = attributes.ints(name) else {
        return Ok(None);
    };
    ensure!(numbers.len() == rank, "{} numbers in {name}", numbers.len());
    let sides = numbers.iter().map(|&n| usize::try_from(n).ok());
    let sides = sides.collect::<Option<TVec<usize>>>();
    Ok(Some(
        sides.with_context(|| format!("negative numbers in {name}"))?,
    ))
}

/// Where windows lie. `kernel` is `[outputs, inputs, ..sides]`.
fn spec(
    node: &NodeProto,
    from: &[usize],
    kernel: &[usize],
    pooling: bool,
) -> TractResult<PoolSpec> {
    let whole = kernel.iter().chain(from).all(|&side| side > 0);
    ensure!(
        whole && from.len() > 2 && from.len() == kernel.len(),
        "a kernel of {kernel:?} for values of {from:?}"
    );
    let (attributes, window) = (Attributes(node), &kernel[2..]);
    let rank = window.len();
    let steps = |name| -> TractResult<Option<TVec<usize>>> {
        let steps = sides(attributes, name, rank)?;
        let none = |steps: &TVec<usize>| steps.contains(&0);
        ensure!(!steps.as_ref().is_some_and(none), "{name} of 0");
        Ok(steps)
    };
    if let Some(told) = sides(attributes, "kernel_shape", rank)? {
        ensure!(
            told[..] == *window,
            "kernel_shape is {told:?}, not {window:?}"
        );
    }
    Ok(PoolSpec {
        data_format: DataFormat::NCHW,
        kernel_shape: window.into(),
        padding: padding(attributes, rank, pooling)?,
        dilations: steps("dilations")?,
        strides: steps("strides")?,
        input_channels: kernel[1],
        output_channels: kernel[0],
    })
}

fn padding(attributes: Attributes<'_>, rank: usize, pooling: bool) -> TractResult<PaddingSpec> {
    let pads = match (
        attributes.text("auto_pad", "NOTSET"),
        attributes.ints("pads"),
    ) {
        ("NOTSET", None) => tvec![0; 2 * rank],
        ("NOTSET", Some(_)) => sides(attributes, "pads", 2 * rank)?.unwrap_or_default(),
        ("VALID", _) => return Ok(PaddingSpec::Valid),
        ("SAME_UPPER", _) => return Ok(PaddingSpec::SameUpper),
        ("SAME_LOWER", _) => return Ok(PaddingSpec::SameLower),
        (other, _) => bail!("auto_pad = {other}"),
    };
    let (before, after) = (pads[..rank].into(), pads[rank..].into());
    Ok(match pooling {
        true => {
            let up = attributes.int("ceil_mode", 0) == 1;
            PaddingSpec::ExplicitOnnxPool(before, after, up)
        }
        false => PaddingSpec::Explicit(before, after),
    })
}
