//! Writing the changed file.

use std::collections::BTreeMap;

use super::bits::damaged;
use super::dc::{self, Categories};
use super::edits::Edit;
use super::huffman::{Encoder, Specification};
use super::layout::{Layout, Part, Scan};
use super::photo::Photo;
use super::{progressive, sequential};
use crate::blend::Change;
use crate::cancel::CancelToken;
use crate::codec::photo::{Place, Segment};
use crate::error::{Error, ErrorKind, Result};
use crate::options::Strength;
use crate::residual::Residual;

/// Largest DC category for 8-bit samples (ITU-T T.81, table F.1).
const MOST_CATEGORY: u8 = 11;

/// The changes of a photo's components, and how large they are.
pub(in crate::codec::jpeg) struct Edits {
    /// By component; `None` where it stays as it is.
    components: Vec<Option<Edit>>,
    /// By how much R', G' and B' change, told from the coefficients (clamping left out).
    pub(in crate::codec::jpeg) change: Change,
}

impl Photo<'_> {
    /// What a residual changes. `chroma`: the generator promises that its residual has no luma.
    pub(in crate::codec::jpeg) fn edits(
        &self,
        residual: &Residual,
        strength: Strength,
        chroma: bool,
    ) -> Edits {
        let layout = &self.layout;
        let mut planes = self
            .model
            .planes(residual, 255.0 * strength.get(), chroma)
            .into_iter();
        let nodes = (residual.width(), residual.height());
        let frame = ((layout.width, layout.height), layout.most_sampling());
        let edit = |(component, values): (_, &Vec<i16>)| {
            let plane = planes.next().flatten()?;
            Some(Edit::new(
                component,
                values,
                (&plane, nodes),
                frame,
                !layout.progressive,
            ))
        };
        let components: Vec<_> = layout
            .components
            .iter()
            .zip(&self.values)
            .map(edit)
            .collect();
        Edits {
            change: self.change(&components),
            components,
        }
    }

    /// Whether the file's quantiser steps are so coarse that a residual would show as coloured blocks: a step of a
    /// component's mean is more than half again as large as the largest value of the residual.
    pub(in crate::codec::jpeg) fn is_coarse_for(
        &self,
        residual: &Residual,
        strength: Strength,
        chroma: bool,
    ) -> bool {
        let planes = self.model.planes(residual, 255.0 * strength.get(), chroma);
        let largest = |plane: &Option<Vec<f32>>| {
            let values = plane.iter().flatten();
            values.fold(0.0f32, |most, value| most.max(value.abs()))
        };
        let most = planes.iter().map(largest).fold(0.0, f32::max);
        planes
            .iter()
            .zip(&self.layout.components)
            .any(|(plane, component)| {
                // A component that hardly changes shows no blocks.
                let largest = largest(plane);
                largest > most / 4.0 && f32::from(component.steps[0]) / 8.0 > 1.5 * largest
            })
    }

    /// The file, up to and including its end marker, with the edits made and its metadata segments replaced by those
    /// given. `None` where a Huffman table has no room for a code that is needed.
    ///
    /// # Errors
    /// `Cancelled`, and `Decode` where coefficients are beyond what 8-bit samples can give.
    pub(in crate::codec::jpeg) fn write(
        &self,
        edits: &Edits,
        segments: &[Segment],
        cancel: &CancelToken,
    ) -> Result<Option<Vec<u8>>> {
        let edits = &edits.components[..];
        let Some(tables) = self.tables(edits, cancel)? else {
            return Ok(None);
        };
        let scan_bytes = self.layout.parts.iter().map(|part| match part {
            Part::Scan(scan) => scan.data.len(),
            _ => 0,
        });
        let mut out = Vec::with_capacity(scan_bytes.sum::<usize>() * 33 / 32 + (1 << 16));
        out.extend([0xFF, 0xD8]);
        let mut metadata = Some(segments);
        let mut scans = 0;
        for part in &self.layout.parts {
            match part {
                Part::Segment(0xE0, payload) if payload.starts_with(b"JFIF\0") => {
                    push_segment(&mut out, 0xE0, &without_thumbnail(payload))?;
                }
                Part::Segment(0xEE, payload) if payload.starts_with(b"Adobe") => {
                    push_segment(&mut out, 0xEE, payload)?;
                }
                Part::Segment(0xE0..=0xEF | 0xFE, _) => push_metadata(&mut out, metadata.take())?,
                Part::Segment(marker, payload) => {
                    push_metadata(&mut out, metadata.take())?;
                    let mut payload = payload.to_vec();
                    if let (0xC0..=0xC2, Some(lines)) = (marker, payload.get_mut(1..3)) {
                        // A header may leave the number of lines to a later segment, which is not written.
                        lines.copy_from_slice(&(self.layout.height as u16).to_be_bytes());
                    }
                    push_segment(&mut out, *marker, &payload)?;
                }
                Part::Tables(defined) => {
                    push_metadata(&mut out, metadata.take())?;
                    let mut payload = Vec::new();
                    tables[defined.clone()]
                        .iter()
                        .for_each(|table| table.write(&mut payload));
                    push_segment(&mut out, 0xC4, &payload)?;
                }
                Part::Scan(scan) => {
                    push_segment(&mut out, 0xDA, scan.header)?;
                    out = self.write_scan((scan, scans), edits, &tables, out, cancel)?;
                    scans += 1;
                }
            }
        }
        out.extend([0xFF, 0xD9]);
        Ok(Some(out))
    }

    /// All Huffman tables in order of definition, with room for the new DC differences.
    fn tables(
        &self,
        edits: &[Option<Edit>],
        cancel: &CancelToken,
    ) -> Result<Option<Vec<Specification>>> {
        let layout = &self.layout;
        let mut needed: BTreeMap<usize, Categories> = BTreeMap::new();
        for part in &layout.parts {
            let Part::Scan(scan) = part else { continue };
            let categories = if !layout.progressive {
                let edited = |component: usize, block: usize| {
                    let edit = edits[component].as_ref()?;
                    Some(i32::from(edit.dc[block]))
                };
                dc::categories(layout, scan, edited, cancel)?
            } else if progressive::is_dc(scan) && scan.approximation.0 == 0 {
                let shifted = |component: usize, block: usize| {
                    let value = progressive::new_value(&self.values, edits, component, block);
                    Some(value >> scan.approximation.1)
                };
                dc::categories(layout, scan, shifted, cancel)?
            } else {
                continue;
            };
            for (component, categories) in scan.components.iter().zip(categories) {
                let entry = needed.entry(component.dc.ok_or_else(damaged)?).or_default();
                *entry = entry.union(categories);
            }
        }
        let mut tables = layout.tables.clone();
        for (index, categories) in needed {
            let missing = categories.missing(&Encoder::new(&tables[index]));
            if missing.iter().any(|&category| category > MOST_CATEGORY) {
                return Err(damaged());
            }
            if missing.is_empty() {
                continue;
            }
            match tables[index].with_symbols(&missing) {
                Some(extended) => tables[index] = extended,
                None => return Ok(None),
            }
        }
        Ok(Some(tables))
    }

    fn write_scan(
        &self,
        (scan, number): (&Scan<'_>, usize),
        edits: &[Option<Edit>],
        tables: &[Specification],
        mut out: Vec<u8>,
        cancel: &CancelToken,
    ) -> Result<Vec<u8>> {
        let layout: &Layout<'_> = &self.layout;
        let encoder = |table: Option<usize>| Some(Encoder::new(tables.get(table?)?));
        if let Some(marked) = self.scans.get(number) {
            let pairs = scan
                .components
                .iter()
                .map(|c| Some((encoder(c.dc)?, encoder(c.ac)?)));
            let encoders = pairs.collect::<Option<Vec<_>>>().ok_or_else(damaged)?;
            let source = (layout, scan, marked);
            return sequential::write(source, (&self.values, edits), &encoders, out, cancel);
        }
        if progressive::is_dc(scan) {
            let encoders: Vec<_> = scan.components.iter().map(|c| encoder(c.dc)).collect();
            return progressive::write(
                (layout, scan),
                (&self.values, edits),
                &encoders,
                out,
                cancel,
            );
        }
        out.extend_from_slice(scan.data);
        Ok(out)
    }

    /// The sum of squared changes, by Parseval's theorem the same for samples and coefficients.
    fn change(&self, edits: &[Option<Edit>]) -> Change {
        let layout = &self.layout;
        let (most_h, most_v) = layout.most_sampling();
        let mut squared = 0.0;
        for (a, edit) in edits.iter().enumerate() {
            let Some(edit) = edit else { continue };
            let component = &layout.components[a];
            // Every sample of a subsampled component stands for several pixels.
            let pixels =
                (most_h * most_v) as f64 / (component.horizontal * component.vertical) as f64;
            let blocks = (0..component.rows)
                .flat_map(|row| row * component.stride..row * component.stride + component.columns);
            for (b, other) in edits.iter().enumerate().skip(a) {
                let shape = &layout.components[b];
                let Some(other) = other else { continue };
                if (shape.stride, shape.rows) != (component.stride, component.rows) {
                    continue;
                }
                let twice = if a == b { 1.0 } else { 2.0 };
                let weight = twice * pixels * self.model.weight(a, b);
                let steps = (&component.steps, &shape.steps);
                let values = (&self.values[a][..], &self.values[b][..]);
                let products = blocks
                    .clone()
                    .map(|block| Edit::product((edit, other), steps, values, block));
                squared += weight * products.sum::<f64>();
            }
        }
        let channels = if layout.components.len() == 1 { 1 } else { 3 };
        Change {
            squared: squared.max(0.0).round() as u64,
            samples: channels * layout.width as u64 * layout.height as u64,
            peak: 255,
        }
    }
}

fn push_metadata(out: &mut Vec<u8>, segments: Option<&[Segment]>) -> Result<()> {
    for segment in segments.unwrap_or_default() {
        if let (Place::Marker(marker), Some(payload)) = (segment.place, segment.payload()) {
            push_segment(out, marker, payload)?;
        }
    }
    Ok(())
}

/// Writes a segment.
///
/// # Errors
/// [`ErrorKind::Encode`] where it is longer than the 65,533 bytes that a segment holds.
fn push_segment(out: &mut Vec<u8>, marker: u8, payload: &[u8]) -> Result<()> {
    let length = u16::try_from(payload.len() + 2).map_err(|_| {
        let message = format!("a JPEG segment of {} bytes is too long", payload.len());
        Error::new(ErrorKind::Encode, message)
    })?;
    out.extend([0xFF, marker]);
    out.extend(length.to_be_bytes());
    out.extend_from_slice(payload);
    Ok(())
}

/// A JFIF header without its thumbnail, which shows the unprotected photo.
fn without_thumbnail(payload: &[u8]) -> Vec<u8> {
    let mut header = payload[..payload.len().min(14)].to_vec();
    header
        .get_mut(12..14)
        .into_iter()
        .for_each(|size| size.fill(0));
    header
}
