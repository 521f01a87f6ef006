//! What else is done to packed pictures: pooling, means, resizing, pixel shuffle.

use super::epilogue::Tail;
use super::values::{Params, Picture};
use super::{Lowered, Lowering, input, output, unsupported};
use crate::engine::gpu::kernel::Kernel;
use crate::engine::gpu::program::{Extent, Source, View};
use crate::onnx::{Attributes, NodeProto};

impl Lowering<'_> {
    pub(super) fn pool(&mut self, node: &NodeProto) -> Lowered<()> {
        let attributes = Attributes(node);
        let strange = || unsupported("pooling with such attributes");
        let kernel = attributes.pair("kernel_shape").ok_or_else(strange)?;
        let stride = attributes.pair("strides").ok_or_else(strange)?;
        let dilation = attributes.pair("dilations").ok_or_else(strange)?;
        let pads = match attributes.ints("pads") {
            None => [0; 4],
            Some(&[top, left, bottom, right]) => {
                let mut pads = [0u32; 4];
                for (pad, given) in pads.iter_mut().zip([top, left, bottom, right]) {
                    *pad = u32::try_from(given).map_err(|_| strange())?;
                }
                pads
            }
            Some(_) => return Err(strange()),
        };
        let auto = !matches!(attributes.text("auto_pad", "NOTSET"), "NOTSET" | "VALID");
        if auto || dilation != [1, 1] || node.output.iter().skip(1).any(|o| !o.is_empty()) {
            return Err(strange());
        }
        let mode = match node.op_type.as_str() {
            "MaxPool" => 0.0,
            _ if attributes.int("count_include_pad", 0) == 0 => 1.0,
            _ => 2.0,
        };
        let source = self.packed(input(node, 0))?;
        let from = Picture::of(&self.shape_of(input(node, 0))?)?;
        self.picture(node, Kernel::Pool, &[source], |tail, to, out| {
            let params = Params::new(&tail.epilogue)
                .words([from.width, from.height, to.width, to.height])
                .words([pads[1], pads[0]])
                .row()
                .words([to.length(), source.at, out.at, pads[3], pads[2]]);
            let constants = vec![
                ("MODE", mode),
                ("KERNEL_X", kernel[1] as f64),
                ("KERNEL_Y", kernel[0] as f64),
                ("STRIDE_X", stride[1] as f64),
                ("STRIDE_Y", stride[0] as f64),
            ];
            (params, constants)
        })
    }

    pub(super) fn resize(&mut self, node: &NodeProto) -> Lowered<()> {
        let attributes = Attributes(node);
        let plain = attributes.int("antialias", 0) == 0
            && attributes.ints("axes").is_none()
            && attributes.text("keep_aspect_ratio_policy", "stretch") == "stretch";
        let linear = match attributes.text("mode", "nearest") {
            "nearest" => false,
            "linear" => true,
            _ => return Err(unsupported("Resize with cubic interpolation")),
        };
        let rounding = match attributes.text("nearest_mode", "round_prefer_floor") {
            "floor" => 0.0,
            "ceil" => 1.0,
            "round_prefer_floor" => 2.0,
            _ => 3.0,
        };
        let source = self.packed(input(node, 0))?;
        let from = Picture::of(&self.shape_of(input(node, 0))?)?;
        let to = Picture::of(&self.shape_of(output(node))?)?;
        if !plain || (from.batch, from.channels) != (to.batch, to.channels) {
            return Err(unsupported("Resize with such attributes"));
        }
        let scales = self
            .constants
            .get(input(node, 2))
            .and_then(|scales| scales.floats());
        let scale = |axis: usize, from: u32, to: u32| match scales {
            Some(&[_, _, down, across]) => f64::from([down, across][axis]),
            _ => f64::from(to) / f64::from(from),
        };
        let mode = attributes.text("coordinate_transformation_mode", "half_pixel");
        let map = |axis: usize, from: u32, to: u32| {
            let scale = scale(axis, from, to);
            match mode {
                "pytorch_half_pixel" if to == 1 => Some((0.0, 0.0)),
                "half_pixel" | "pytorch_half_pixel" => Some((1.0 / scale, 0.5 / scale - 0.5)),
                "asymmetric" => Some((1.0 / scale, 0.0)),
                "align_corners" if to == 1 => Some((0.0, 0.0)),
                "align_corners" => Some((f64::from(from - 1) / f64::from(to - 1), 0.0)),
                _ => None,
            }
        };
        let maps = (map(1, from.width, to.width), map(0, from.height, to.height));
        let (Some(across), Some(down)) = maps else {
            return Err(unsupported("Resize with such coordinates"));
        };
        self.picture(node, Kernel::Resize, &[source], |tail, to, out| {
            let params = Params::new(&tail.epilogue)
                .words([from.width, from.height, to.width, to.height])
                .floats([across.0, across.1, down.0, down.1].map(|number| number as f32))
                .words([source.at, out.at])
                .row()
                .words([to.length()]);
            let constants = vec![
                ("LINEAR", f64::from(u8::from(linear))),
                ("ROUNDING", rounding),
            ];
            (params, constants)
        })
    }

    pub(super) fn depth_to_space(&mut self, node: &NodeProto) -> Lowered<()> {
        let attributes = Attributes(node);
        let side = u32::try_from(attributes.int("blocksize", 0))
            .ok()
            .filter(|&side| side > 0)
            .ok_or_else(|| unsupported("DepthToSpace with such attributes"))?;
        let crd = attributes.text("mode", "DCR") == "CRD";
        let source = self.packed(input(node, 0))?;
        let from = Picture::of(&self.shape_of(input(node, 0))?)?;
        self.picture(node, Kernel::DepthToSpace, &[source], |tail, to, out| {
            let params = Params::new(&tail.epilogue)
                .words([from.width, from.height, to.channels, side])
                .words([from.blocks, to.blocks])
                .row()
                .words([to.length(), source.at, out.at]);
            (params, vec![("CRD", f64::from(u8::from(crd)))])
        })
    }

    /// The mean over height and width, or over any axes.
    pub(super) fn mean(&mut self, node: &NodeProto) -> Lowered<()> {
        let shape = self.shape_of(input(node, 0))?;
        let axes = self.mean_axes(node, shape.len())?;
        if shape.len() != 4 || axes != [2, 3] || !self.is_packed(input(node, 0)) {
            return self.plain_mean(node, &axes);
        }
        let picture = Picture::of(&shape)?;
        let source = self.packed(input(node, 0))?;
        let tail = self.tail(output(node), |_| false);
        let count = picture.batch * picture.channels;
        let out = self.plain_buffer(count);
        let blocks = picture.batch * picture.blocks;
        let params = Params::new(&tail.epilogue)
            .words([picture.pixels(), picture.channels, picture.blocks, blocks])
            .words([source.at, 0])
            .row();
        self.pass(
            Kernel::GlobalAverage,
            vec![tail.epilogue.constant()],
            params,
            &[source],
            out,
            Extent::Workgroups(blocks),
        );
        self.set_plain(&tail.name, out)
    }

    /// A pass that makes one packed picture of others, one invocation per vec4.
    pub(super) fn picture(
        &mut self,
        node: &NodeProto,
        kernel: Kernel,
        inputs: &[View],
        params: impl FnOnce(&Tail, Picture, View) -> (Params, Vec<(&'static str, f64)>),
    ) -> Lowered<()> {
        let to = Picture::of(&self.shape_of(output(node))?)?;
        let tail = self.tail(output(node), |_| false);
        let out = self.packed_output(&tail.name, to.length(), inputs);
        let Source::Value(buffer) = out.source else {
            return Err(unsupported("a pass without a buffer"));
        };
        let (params, mut constants) = params(&tail, to, out);
        constants.push(tail.epilogue.constant());
        self.pass(
            kernel,
            constants,
            params,
            inputs,
            buffer,
            Extent::Invocations(to.length()),
        );
        self.set_packed(&tail.name, out)
    }
}
