//! The structure of a JPEG file: its segments, tables and scans (ITU-T T.81, annex B).

use std::ops::Range;

use super::bits;
use super::huffman::Specification;
use crate::codec::memory::filled;
use crate::error::{Error, ErrorKind, Result};

/// A JPEG file taken apart. Nothing is copied but tables.
pub(super) struct Layout<'a> {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) progressive: bool,
    pub(super) components: Vec<Component>,
    /// Every table in the order of definition, so that a scan can name those that were in force.
    pub(super) tables: Vec<Specification>,
    /// Everything from behind SOI to EOI, in file order.
    pub(super) parts: Vec<Part<'a>>,
    /// Whether the end marker is there; without one, whatever follows the last scan was left out.
    pub(super) ended: bool,
    /// The transform that Adobe's APP14 segment states: 0 none, 1 YCbCr, 2 YCCK.
    pub(super) adobe_transform: Option<u8>,
    pub(super) jfif: bool,
}

/// One piece of the file.
pub(super) enum Part<'a> {
    /// A DHT segment: which tables it defines.
    Tables(Range<usize>),
    /// Any other segment: marker and payload.
    Segment(u8, &'a [u8]),
    Scan(Scan<'a>),
}

/// A component of the frame.
#[derive(Debug, Clone)]
pub(super) struct Component {
    pub(super) id: u8,
    /// Sampling factors, 1 to 4.
    pub(super) horizontal: usize,
    pub(super) vertical: usize,
    /// Quantisation steps in zig-zag order.
    pub(super) steps: [u16; 64],
    quantiser: usize,
    /// Size in blocks.
    pub(super) columns: usize,
    pub(super) rows: usize,
    /// Blocks in a row of an interleaved scan, padding included.
    pub(super) stride: usize,
    /// Rows of blocks in an interleaved scan, padding included.
    pub(super) padded_rows: usize,
}

/// A scan: its header and its entropy-coded data as they are in the file.
pub(super) struct Scan<'a> {
    pub(super) header: &'a [u8],
    pub(super) data: &'a [u8],
    pub(super) components: Vec<ScanComponent>,
    /// First and last coefficient in zig-zag order.
    pub(super) spectrum: (u8, u8),
    /// Successive approximation: high and low bit.
    pub(super) approximation: (u8, u8),
    /// Minimum coded units between restart markers, 0 for none.
    pub(super) restart: usize,
}

/// A component of a scan, with the tables in force: indices into [`Layout::tables`].
pub(super) struct ScanComponent {
    pub(super) index: usize,
    pub(super) dc: Option<usize>,
    pub(super) ac: Option<usize>,
}

/// What is in force at a point of the file.
struct State<'a> {
    layout: Layout<'a>,
    quantisers: [Option<[u16; 64]>; 4],
    /// By class and destination.
    huffman: [[Option<usize>; 4]; 2],
    restart: usize,
}

impl<'a> Layout<'a> {
    /// Takes a file apart that begins with SOI. `None` where it is no sequential or progressive Huffman JPEG of 8 bits
    /// whose tables are all in the file.
    ///
    /// # Errors
    /// [`ErrorKind::Decode`] where it is damaged.
    pub(super) fn read(input: &'a [u8]) -> Result<Option<Self>> {
        let mut state = State {
            layout: Self {
                width: 0,
                height: 0,
                progressive: false,
                components: Vec::new(),
                tables: Vec::new(),
                parts: Vec::new(),
                ended: false,
                adobe_transform: None,
                jfif: false,
            },
            quantisers: [None; 4],
            huffman: [[None; 4]; 2],
            restart: 0,
        };
        let mut rest = input.get(2..).unwrap_or_default();
        loop {
            let taken = state.next(&mut rest);
            match taken {
                Ok(Next::More) => {}
                Ok(Next::End) => {
                    state.layout.ended = true;
                    return Ok(state.finish());
                }
                Ok(Next::Unusual) => return Ok(None),
                // Panoramas of some phones have no end marker: a maker's trailer follows the last scan at once.
                Err(_) if state.has_all() => return Ok(state.finish()),
                Err(error) => return Err(error),
            }
        }
    }

    /// The DC values of all components, still zero: by component and block, padding counted.
    ///
    /// # Errors
    /// `LimitExceeded` where memory ends.
    pub(super) fn dc_values(&self) -> Result<Vec<Vec<i16>>> {
        self.by_block(0)
    }

    /// All coefficients, still zero, in the same order.
    ///
    /// # Errors
    /// `LimitExceeded` where memory ends.
    pub(super) fn blocks(&self) -> Result<Vec<Vec<[i16; 64]>>> {
        self.by_block([0; 64])
    }

    fn by_block<T: Clone>(&self, value: T) -> Result<Vec<Vec<T>>> {
        let shapes = self.components.iter();
        shapes
            .map(|shape| filled(value.clone(), shape.stride * shape.padded_rows))
            .collect()
    }

    /// The largest sampling factors.
    pub(super) fn most_sampling(&self) -> (usize, usize) {
        let most = |factor: fn(&Component) -> usize| self.components.iter().map(factor).max();
        (
            most(|c| c.horizontal).unwrap_or(1),
            most(|c| c.vertical).unwrap_or(1),
        )
    }
}

/// What came of a part of the file.
enum Next {
    More,
    End,
    /// The file is of a kind that is not read.
    Unusual,
}

impl<'a> State<'a> {
    /// Takes the next part from the head of `rest`.
    fn next(&mut self, rest: &mut &'a [u8]) -> Result<Next> {
        let marker;
        (marker, *rest) = next_marker(rest)?;
        if marker == 0xD9 {
            return Ok(Next::End);
        }
        let (payload, after) = segment(rest)?;
        *rest = after;
        match marker {
            0xC4 => self.huffman(payload)?,
            0xDA => {
                let length = bits::scan_length(rest);
                self.latch(payload);
                let Some(scan) = self.scan(payload, &rest[..length])? else {
                    return Ok(Next::Unusual);
                };
                self.layout.parts.push(Part::Scan(scan));
                *rest = &rest[length..];
                return Ok(Next::More);
            }
            0xDB => self.quantisers(payload)?,
            0xDD => self.restart = usize::from(number(payload, 0)?),
            0xC0..=0xC2 => return self.frame(marker, payload, rest),
            // The number of lines was looked for at the frame header.
            0xDC => return Ok(Next::More),
            0xC3 | 0xC5..=0xCF | 0xDE | 0xDF => return Ok(Next::Unusual),
            0xE0 => self.layout.jfif |= payload.starts_with(b"JFIF\0"),
            0xEE if payload.starts_with(b"Adobe") => {
                self.layout.adobe_transform = payload.get(11).copied();
            }
            _ => {}
        }
        if marker != 0xC4 {
            self.layout.parts.push(Part::Segment(marker, payload));
        }
        Ok(Next::More)
    }

    /// Whether the scans so far code every coefficient down to its last bit.
    fn has_all(&self) -> bool {
        let scans = || {
            self.layout.parts.iter().filter_map(|part| match part {
                Part::Scan(scan) => Some(scan),
                _ => None,
            })
        };
        let components = 0..self.layout.components.len();
        !components.is_empty()
            && components.into_iter().all(|index| {
                let of = |scan: &&Scan<'_>| scan.components.iter().any(|c| c.index == index);
                if !self.layout.progressive {
                    return scans().any(|scan| of(&scan));
                }
                (0..64).all(|place| {
                    scans().filter(of).any(|scan| {
                        scan.approximation.1 == 0
                            && (scan.spectrum.0..=scan.spectrum.1).contains(&place)
                    })
                })
            })
    }

    /// Keeps the quantisation steps in force at a component's first scan, as decoders do.
    fn latch(&mut self, header: &[u8]) {
        let ids = header.iter().skip(1).step_by(2);
        for &id in ids.take(usize::from(*header.first().unwrap_or(&0))) {
            let found = self.layout.components.iter_mut().find(|c| c.id == id);
            if let Some(component) = found.filter(|c| c.steps[0] == 0)
                && let Some(steps) = self.quantisers[component.quantiser]
            {
                component.steps = steps;
            }
        }
    }

    fn finish(self) -> Option<Layout<'a>> {
        let mut components = self.layout.components.iter();
        let complete = components.all(|component| component.steps.iter().all(|&step| step > 0));
        (complete && !self.layout.components.is_empty()).then_some(self.layout)
    }

    fn quantisers(&mut self, mut rest: &[u8]) -> Result<()> {
        while let Some((&head, tail)) = rest.split_first() {
            let width = if head >> 4 == 0 { 1 } else { 2 };
            let steps = tail.get(..64 * width).ok_or_else(damaged)?;
            let table = self
                .quantisers
                .get_mut(usize::from(head & 15))
                .ok_or_else(damaged)?;
            let read = |bytes: &[u8]| {
                bytes
                    .iter()
                    .fold(0, |value, &byte| value << 8 | u16::from(byte))
            };
            let mut values = [0; 64];
            for (value, bytes) in values.iter_mut().zip(steps.chunks_exact(width)) {
                *value = read(bytes);
            }
            *table = Some(values);
            rest = &tail[64 * width..];
        }
        Ok(())
    }

    fn huffman(&mut self, mut rest: &[u8]) -> Result<()> {
        let first = self.layout.tables.len();
        while !rest.is_empty() {
            let (table, after) = Specification::read(rest)?;
            let (class, destination) = (table.target >> 4, table.target & 15);
            self.huffman[usize::from(class)][usize::from(destination)] =
                Some(self.layout.tables.len());
            self.layout.tables.push(table);
            rest = after;
        }
        let defined = first..self.layout.tables.len();
        self.layout.parts.push(Part::Tables(defined));
        Ok(())
    }

    /// Reads the frame header. `rest`: what follows it, where the number of lines may stand (B.2.5).
    fn frame(&mut self, marker: u8, payload: &'a [u8], rest: &[u8]) -> Result<Next> {
        let layout = &mut self.layout;
        let count = usize::from(*payload.get(5).ok_or_else(damaged)?);
        let specs = payload.get(6..6 + 3 * count).ok_or_else(damaged)?;
        if !layout.components.is_empty() || !(1..=4).contains(&count) || payload[0] != 8 {
            return Err(damaged());
        }
        layout.progressive = marker == 0xC2;
        layout.height = match number(payload, 1)? {
            0 => usize::from(lines(rest).unwrap_or(0)),
            height => usize::from(height),
        };
        layout.width = usize::from(number(payload, 3)?);
        for spec in specs.chunks_exact(3) {
            let (horizontal, vertical) = (usize::from(spec[1] >> 4), usize::from(spec[1] & 15));
            let legal = (1..=4).contains(&horizontal) && (1..=4).contains(&vertical);
            if !legal || spec[2] > 3 || layout.width == 0 || layout.height == 0 {
                return Err(damaged());
            }
            layout.components.push(Component {
                id: spec[0],
                horizontal,
                vertical,
                steps: [0; 64],
                quantiser: usize::from(spec[2]),
                columns: 0,
                rows: 0,
                stride: 0,
                padded_rows: 0,
            });
        }
        let (most_h, most_v) = layout.most_sampling();
        let (width, height) = (layout.width, layout.height);
        for component in &mut layout.components {
            let (h, v) = (component.horizontal, component.vertical);
            component.columns = (width * h).div_ceil(most_h).div_ceil(8);
            component.rows = (height * v).div_ceil(most_v).div_ceil(8);
            component.stride = width.div_ceil(8 * most_h) * h;
            component.padded_rows = height.div_ceil(8 * most_v) * v;
        }
        layout.parts.push(Part::Segment(marker, payload));
        Ok(Next::More)
    }

    fn scan(&self, header: &'a [u8], data: &'a [u8]) -> Result<Option<Scan<'a>>> {
        let count = usize::from(*header.first().ok_or_else(damaged)?);
        let specs = header.get(1..1 + 2 * count).ok_or_else(damaged)?;
        let [first, last, approximation] = *header
            .get(1 + 2 * count..)
            .and_then(<[u8]>::first_chunk)
            .ok_or_else(damaged)?;
        let mut components = Vec::with_capacity(count);
        for spec in specs.chunks_exact(2) {
            let frame = &self.layout.components;
            let index = frame
                .iter()
                .position(|c| c.id == spec[0])
                .ok_or_else(damaged)?;
            let table = |class: usize, id: u8| self.huffman[class].get(usize::from(id)).copied();
            let (dc, ac) = (spec[1] >> 4, spec[1] & 15);
            components.push(ScanComponent {
                index,
                dc: table(0, dc).ok_or_else(damaged)?,
                ac: table(1, ac).ok_or_else(damaged)?,
            });
        }
        let repeated = (1..components.len()).any(|i| {
            components[..i]
                .iter()
                .any(|c| c.index == components[i].index)
        });
        if components.is_empty() || repeated || first > last || last > 63 || approximation & 15 > 13
        {
            return Err(damaged());
        }
        let scan = Scan {
            header,
            data,
            components,
            spectrum: (first, last),
            approximation: (approximation >> 4, approximation & 15),
            restart: self.restart,
        };
        Ok(scan.has_tables(self.layout.progressive).then_some(scan))
    }
}

impl Scan<'_> {
    /// Whether every table that this scan needs to be read was defined.
    fn has_tables(&self, progressive: bool) -> bool {
        let needs_dc = self.spectrum.0 == 0 && self.approximation.0 == 0;
        self.components.iter().all(|component| {
            (!needs_dc || component.dc.is_some()) && (progressive || component.ac.is_some())
        })
    }
}

/// The number of lines that a DNL segment states, for frame headers that state none (B.2.5).
pub(in crate::codec::jpeg) fn lines(bytes: &[u8]) -> Option<u16> {
    let at = memchr::memmem::find(bytes, b"\xFF\xDC\0\x04")?;
    let lines = bytes.get(at + 4..at + 6)?.try_into().ok()?;
    Some(u16::from_be_bytes(lines)).filter(|&lines| lines > 0)
}

/// The next marker and what follows it; fill bytes and garbage before it are skipped.
fn next_marker(bytes: &[u8]) -> Result<(u8, &[u8])> {
    let mut at = 0;
    loop {
        at += memchr::memchr(0xFF, bytes.get(at..).unwrap_or_default()).ok_or_else(|| {
            Error::new(
                ErrorKind::Decode,
                "the JPEG was cut short: its end marker is missing",
            )
        })?;
        match bytes.get(at + 1) {
            Some(0xFF) => at += 1,
            Some(0x00 | 0x01 | 0xD0..=0xD8) => at += 2,
            Some(&marker) => return Ok((marker, &bytes[at + 2..])),
            None => at += 1,
        }
    }
}

/// The payload of the segment whose length comes next, and what follows it.
fn segment(bytes: &[u8]) -> Result<(&[u8], &[u8])> {
    let length = usize::from(number(bytes, 0)?);
    let payload = bytes.get(2..length).ok_or_else(damaged)?;
    Ok((payload, &bytes[length..]))
}

fn number(bytes: &[u8], at: usize) -> Result<u16> {
    let raw = bytes.get(at..at + 2).and_then(|raw| raw.try_into().ok());
    raw.map(u16::from_be_bytes).ok_or_else(damaged)
}

#[cold]
fn damaged() -> Error {
    Error::new(ErrorKind::Decode, "the JPEG headers are damaged")
}

#[cfg(test)]
impl Component {
    /// A component of its own, without subsampling.
    pub(super) fn for_tests(steps: [u16; 64], (columns, rows): (usize, usize)) -> Self {
        Self {
            id: 1,
            horizontal: 1,
            vertical: 1,
            steps,
            quantiser: 0,
            columns,
            rows,
            stride: columns,
            padded_rows: rows,
        }
    }
}
