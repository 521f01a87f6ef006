//! What else is done to packed pictures: pooling, means, resizing, pixel shuffle.

use super::epilogue::Tail;
use super::lowered::{Lowered, unsupported, word, words};
use super::lowering::Lowering;
use super::value::Picture;
use super::values::Params;
use crate::engine::gpu::kernel::Kernel;
use crate::engine::gpu::program::{Extent, Source, View};
use crate::graph::{
    BlockOrder, Coordinates, DepthToSpace, Filter, Mean, Nearest, One, Padding, Pool, Resize,
};

impl Lowering<'_> {
    /// `mode` is 0 for the largest number, 1 for the mean, 2 for the mean with what is put around.
    pub(super) fn pool(&mut self, name: &str, pool: &Pool, mode: f64) -> Lowered<()> {
        let strange = || unsupported("pooling with such attributes");
        let kernel: [usize; 2] = pool.kernel.as_slice().try_into().map_err(|_| strange())?;
        let stride = pool.window.strides.pair().ok_or_else(strange)?;
        let dilation = pool.window.dilations.pair().ok_or_else(strange)?;
        let [top, left, bottom, right] = match &pool.window.padding {
            Padding::Explicit(None) | Padding::Valid => [0; 4],
            Padding::Explicit(Some([before, behind])) => {
                let pads = [&before[..], &behind[..]].concat();
                let pads: [usize; 4] = pads.try_into().map_err(|_| strange())?;
                words(pads)?
            }
            Padding::SameUpper | Padding::SameLower => return Err(strange()),
        };
        if dilation != [1, 1] {
            return Err(strange());
        }
        let source = self.packed(&pool.x)?;
        let from = Picture::of(&self.shape_of(&pool.x)?)?;
        self.picture(name, Kernel::Pool, &[source], |tail, to, out| {
            let params = Params::new(&tail.epilogue)
                .words([from.width, from.height, to.width, to.height])
                .words([left, top])
                .row()
                .words([to.length(), source.at, out.at, right, bottom]);
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

    pub(super) fn resize(&mut self, name: &str, resize: &Resize) -> Lowered<()> {
        let (linear, rounding) = match resize.filter {
            Filter::Linear => (true, 0.0),
            Filter::Nearest(Nearest::Floor) => (false, 0.0),
            Filter::Nearest(Nearest::Ceil) => (false, 1.0),
            Filter::Nearest(Nearest::RoundPreferFloor) => (false, 2.0),
            Filter::Nearest(Nearest::RoundPreferCeil) => (false, 3.0),
            Filter::Cubic(_) => return Err(unsupported("Resize with cubic interpolation")),
        };
        let shape = self.shape_of(&resize.x)?;
        let source = self.packed(&resize.x)?;
        let from = Picture::of(&shape)?;
        let to = Picture::of(&self.shape_of(name)?)?;
        if resize.antialias || (from.batch, from.channels) != (to.batch, to.channels) {
            return Err(unsupported("Resize with such attributes"));
        }
        let axes = resize.along(&shape);
        let axes = axes.ok_or_else(|| unsupported("Resize along such axes"))?;
        // A place `p` of the result lies at `p * map.0 + map.1`.
        let map = |axis: usize, from: u32, to: u32| {
            let scale = f64::from(axes[axis].scale);
            match resize.coordinates {
                Coordinates::PytorchHalfPixel | Coordinates::AlignCorners if to == 1 => {
                    Some((0.0, 0.0))
                }
                Coordinates::HalfPixel | Coordinates::PytorchHalfPixel => {
                    Some((1.0 / scale, 0.5 / scale - 0.5))
                }
                Coordinates::Asymmetric => Some((1.0 / scale, 0.0)),
                Coordinates::AlignCorners => Some((f64::from(from - 1) / f64::from(to - 1), 0.0)),
                Coordinates::HalfPixelSymmetric => None,
            }
        };
        let maps = (map(3, from.width, to.width), map(2, from.height, to.height));
        let (Some(across), Some(down)) = maps else {
            return Err(unsupported("Resize with such coordinates"));
        };
        self.picture(name, Kernel::Resize, &[source], |tail, to, out| {
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

    pub(super) fn depth_to_space(&mut self, name: &str, blocks: &DepthToSpace) -> Lowered<()> {
        let side = word(blocks.side)?;
        let crd = blocks.order == BlockOrder::ChannelFirst;
        let source = self.packed(&blocks.x)?;
        let from = Picture::of(&self.shape_of(&blocks.x)?)?;
        self.picture(name, Kernel::DepthToSpace, &[source], |tail, to, out| {
            let params = Params::new(&tail.epilogue)
                .words([from.width, from.height, to.channels, side])
                .words([from.blocks, to.blocks])
                .row()
                .words([to.length(), source.at, out.at]);
            (params, vec![("CRD", f64::from(u8::from(crd)))])
        })
    }

    pub(super) fn global_mean(&mut self, name: &str, one: &One) -> Lowered<()> {
        let rank = self.shape_of(&one.x)?.len();
        self.mean_over(name, &one.x, &(2..rank).collect::<Vec<_>>())
    }

    pub(super) fn mean(&mut self, name: &str, mean: &Mean) -> Lowered<()> {
        let axes = mean.over.of(self.shape_of(&mean.x)?.len());
        let axes = axes.ok_or_else(|| unsupported("ReduceMean over such axes"))?;
        self.mean_over(name, &mean.x, &axes)
    }

    /// The mean over height and width, or over any axes.
    fn mean_over(&mut self, name: &str, x: &str, axes: &[usize]) -> Lowered<()> {
        let shape = self.shape_of(x)?;
        if shape.len() != 4 || axes != [2, 3] || !self.is_packed(x) {
            return self.plain_mean(name, x, axes);
        }
        let picture = Picture::of(&shape)?;
        let source = self.packed(x)?;
        let tail = self.tail(name, |_| false);
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
        name: &str,
        kernel: Kernel,
        inputs: &[View],
        params: impl FnOnce(&Tail, Picture, View) -> (Params, Vec<(&'static str, f64)>),
    ) -> Lowered<()> {
        let to = Picture::of(&self.shape_of(name)?)?;
        let tail = self.tail(name, |_| false);
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
