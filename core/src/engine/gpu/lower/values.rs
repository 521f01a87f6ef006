//! Where values lie, and turning one layout into the other.

use super::epilogue::Epilogue;
use super::lowered::{Lowered, unsupported, volume, word};
use super::lowering::Lowering;
use super::value::{Picture, Value};
use crate::engine::gpu::kernel::Kernel;
use crate::engine::gpu::program::{BufferSpec, Extent, Layout, Pass, Source, View};

/// The uniform block of a pass, word by word.
pub(super) struct Params {
    words: Vec<u32>,
    row: usize,
}

impl Params {
    pub(super) fn new(epilogue: &Epilogue) -> Self {
        Self {
            words: epilogue.words().to_vec(),
            row: 0,
        }
    }

    pub(super) fn words(mut self, words: impl IntoIterator<Item = u32>) -> Self {
        self.words.extend(words);
        self
    }

    pub(super) fn floats(self, floats: impl IntoIterator<Item = f32>) -> Self {
        self.words(floats.into_iter().map(f32::to_bits))
    }

    /// The word that takes the length of a row of workgroups.
    pub(super) fn row(mut self) -> Self {
        self.row = self.words.len();
        self.words([0])
    }
}

impl Lowering<'_> {
    pub(super) fn is_packed(&self, name: &str) -> bool {
        self.values
            .get(name)
            .is_some_and(|value| value.packed.is_some())
    }

    /// A value row by row.
    pub(super) fn plain(&mut self, name: &str) -> Lowered<View> {
        if let Some(view) = self.values.get(name).and_then(|value| value.plain) {
            return Ok(view);
        }
        let view = match self.values.get(name).map(|value| value.packed) {
            Some(Some(packed)) => self.unpack(name, packed)?,
            _ => self.plain_constant(name)?,
        };
        if let Some(value) = self.values.get_mut(name) {
            value.plain = Some(view);
        }
        Ok(view)
    }

    /// A picture in blocks of four channels.
    pub(super) fn packed(&mut self, name: &str) -> Lowered<View> {
        if let Some(view) = self.values.get(name).and_then(|value| value.packed) {
            return Ok(view);
        }
        let picture = Picture::of(&self.shape_of(name)?)?;
        if !self.values.contains_key(name) {
            return self.packed_constant(name, picture);
        }
        let plain = self.plain(name)?;
        let out = self.packed_buffer(picture.length());
        let params = Params::new(&Epilogue::default())
            .words([
                picture.pixels(),
                picture.channels,
                picture.blocks,
                picture.length(),
            ])
            .words([plain.at, 0])
            .row();
        self.pass(
            Kernel::Pack,
            vec![],
            params,
            &[plain],
            out,
            Extent::Invocations(picture.length()),
        );
        let view = View::start(Source::Value(out));
        if let Some(value) = self.values.get_mut(name) {
            value.packed = Some(view);
        }
        Ok(view)
    }

    fn unpack(&mut self, name: &str, packed: View) -> Lowered<View> {
        let shape = self.shape_of(name)?;
        let (picture, count) = (Picture::of(&shape)?, word(volume(&shape))?);
        let out = self.plain_buffer(count);
        let params = Params::new(&Epilogue::default())
            .words([picture.pixels(), picture.channels, picture.blocks, count])
            .words([packed.at, 0])
            .row();
        self.pass(
            Kernel::Unpack,
            vec![],
            params,
            &[packed],
            out,
            Extent::Invocations(count),
        );
        Ok(View::start(Source::Value(out)))
    }

    fn plain_constant(&mut self, name: &str) -> Lowered<View> {
        let constant = self.constants.get(name);
        let constant = constant.ok_or_else(|| unsupported("a value that nothing makes"))?;
        let at = word(self.program.constants.len())?;
        self.program.constants.extend(&constant.numbers);
        let end = self.program.constants.len().next_multiple_of(4);
        self.program.constants.resize(end, 0.0);
        Ok(View {
            source: Source::Constants,
            at,
        })
    }

    fn packed_constant(&mut self, name: &str, picture: Picture) -> Lowered<View> {
        let constant = self.constants.get(name);
        let numbers = match constant {
            Some(constant) => &constant.numbers,
            None => return Err(unsupported("a value that nothing makes")),
        };
        let at = word(self.program.weights.len() / 4)?;
        for image in numbers.chunks((picture.channels * picture.pixels()) as usize) {
            for block in image.chunks(4 * picture.pixels() as usize) {
                for pixel in 0..picture.pixels() as usize {
                    let channels = block
                        .iter()
                        .skip(pixel)
                        .step_by(picture.pixels() as usize)
                        .copied();
                    self.program
                        .weights
                        .extend(channels.chain(std::iter::repeat(0.0)).take(4));
                }
            }
        }
        Ok(View {
            source: Source::Weights,
            at,
        })
    }

    pub(super) fn plain_buffer(&mut self, length: u32) -> usize {
        self.buffer(BufferSpec {
            layout: Layout::Plain,
            length,
        })
    }

    pub(super) fn packed_buffer(&mut self, length: u32) -> usize {
        self.buffer(BufferSpec {
            layout: Layout::Packed,
            length,
        })
    }

    /// Where a pass over `inputs` writes the picture `name`: its part of a joined value, or a buffer of its own. No pass
    /// reads and writes one buffer.
    pub(super) fn packed_output(&mut self, name: &str, length: u32, inputs: &[View]) -> View {
        match self.places.get(name) {
            Some(place) if inputs.iter().all(|input| input.source != place.source) => *place,
            _ => View::start(Source::Value(self.packed_buffer(length))),
        }
    }

    pub(super) fn set_packed(&mut self, name: &str, view: View) -> Lowered<()> {
        let shape = self.shape_of(name)?;
        let value = Value {
            shape,
            plain: None,
            packed: Some(view),
        };
        self.values.insert(name.to_owned(), value);
        Ok(())
    }

    pub(super) fn set_plain(&mut self, name: &str, buffer: usize) -> Lowered<()> {
        let shape = self.shape_of(name)?;
        let plain = Some(View::start(Source::Value(buffer)));
        self.values.insert(
            name.to_owned(),
            Value {
                shape,
                plain,
                packed: None,
            },
        );
        Ok(())
    }

    /// Adds a pass.
    pub(super) fn pass(
        &mut self,
        kernel: Kernel,
        constants: Vec<(&'static str, f64)>,
        params: Params,
        inputs: &[View],
        output: usize,
        extent: Extent,
    ) {
        let mut inputs: Vec<Source> = inputs.iter().map(|view| view.source).collect();
        // A kernel that takes an optional input is bound to its first in its place.
        inputs.resize(kernel.inputs(), inputs[0]);
        self.program.passes.push(Pass {
            kernel,
            constants,
            params: params.words,
            row: params.row,
            inputs,
            output,
            extent,
        });
    }

    /// Copies a plain value to the start of a buffer of its own.
    pub(super) fn copy_plain(&mut self, name: &str, from: View) -> Lowered<usize> {
        let count = word(volume(&self.shape_of(name)?))?;
        let out = self.plain_buffer(count);
        let params = Params::new(&Epilogue::default())
            .words([from.at, 0])
            .row()
            .words([count]);
        self.pass(
            Kernel::Unary,
            vec![],
            params,
            &[from],
            out,
            Extent::Invocations(count),
        );
        Ok(out)
    }
}
