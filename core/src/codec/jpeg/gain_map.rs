//! The gain map behind a photo (Ultra HDR, ISO 21496-1): a second JPEG with the ratio of the bright version to the
//! photo, found by the multi-picture index.
//!
//! A ratio of luma says nothing about colour, and a generator of chroma leaves luma as it is: such a gain map shows
//! nothing of the unprotected photo, and stays.

use img_parts::Bytes;
use img_parts::jpeg::{Jpeg, JpegSegment};
use memchr::memmem;

use super::announce::ISO;
use super::frame::Frame;
use super::segments::{self, XMP};
use super::{count, mpf, trailer};
use crate::codec::metadata::policy::Rules;
use crate::codec::metadata::xmp::{self, GainMap};
use crate::codec::photo::{Fate, Place, Segment};

/// A gain map in the input.
pub(super) struct Found {
    /// Its length in the input.
    pub(super) original: usize,
    /// What is written of it: a whole JPEG; `None` where it goes.
    pub(super) kept: Option<Bytes>,
    /// What the report says of it.
    pub(super) segment: Segment,
}

/// Finds the gain map in `file`, whose further pictures lie from `behind` on, and judges it.
pub(super) fn find(
    file: &Bytes,
    parts: &[JpegSegment],
    behind: usize,
    rules: &Rules,
) -> Option<Found> {
    let candidates = parts
        .iter()
        .filter(|part| part.marker() == 0xE2 && part.contents().starts_with(mpf::PREFIX));
    let pictures = candidates.take(1).flat_map(|part| {
        let header =
            memmem::find(file, part.contents()).map_or(usize::MAX, |at| at + mpf::PREFIX.len());
        let place = move |picture: mpf::Picture| {
            let start = header.checked_add(picture.offset)?;
            Some(start..start.checked_add(picture.length)?)
        };
        mpf::read(part.contents()).into_iter().filter_map(place)
    });
    let mut pictures = pictures.filter(|place| place.start >= behind && place.end <= file.len());
    pictures.find_map(|place| {
        let picture = file.slice(place);
        count::check(&picture).ok()?;
        let jpeg = Jpeg::from_bytes(picture.clone()).ok()?;
        is_gain_map(&jpeg).then(|| judge(&picture, jpeg, rules))
    })
}

/// Whether a picture says that it is a gain map.
fn is_gain_map(jpeg: &Jpeg) -> bool {
    jpeg.segments()
        .iter()
        .any(|part| match (part.marker(), part.contents()) {
            (0xE2, bytes) => bytes.starts_with(ISO),
            (0xE1, bytes) => bytes.strip_prefix(XMP).is_some_and(xmp::is_gain_map),
            _ => false,
        })
}

fn judge(picture: &[u8], jpeg: Jpeg, rules: &Rules) -> Found {
    let original = picture.len();
    let components = Frame::read(jpeg.segments(), picture).map_or(0, |frame| frame.components);
    let outcome = match rules.against_gain_map(components) {
        Some(why) => Err(why),
        None => carried_over(jpeg, original, rules).ok_or("it is damaged or cut short"),
    };
    let (kept, fate) = match outcome {
        Ok((bytes, changed)) => (Some(bytes), Fate::Append(changed, kept_because(changed))),
        Err(why) => (None, Fate::Remove(why)),
    };
    let segment = Segment {
        name: "gain map image".to_owned(),
        place: Place::Elsewhere,
        bytes: original,
        fate,
    };
    Found {
        original,
        kept,
        segment,
    }
}

fn kept_because(changed: bool) -> &'static str {
    if changed {
        "its own previews and what else this metadata policy drops were removed; it is one of luma only, which the \
         generator does not change"
    } else {
        "it is one of luma only, which the generator does not change"
    }
}

/// The picture with its own metadata judged like the photo's, and whether anything was changed. `None` where it is cut
/// short, or its metadata cannot be judged.
fn carried_over(mut jpeg: Jpeg, original: usize, rules: &Rules) -> Option<(Bytes, bool)> {
    let scan = jpeg.segments().last()?;
    let entropy = scan.len_with_entropy() - scan.len();
    let whole = jpeg.clone().encoder().bytes();
    let trailing = trailer::trailing_bytes(&whole[whole.len() - entropy..])?;
    let judged = segments::judge(jpeg.segments(), false, rules, Some(GainMap::Itself));
    if !judged.refusals.is_empty() {
        return None;
    }
    let mut fates = judged.segments.into_iter();
    let mut changed = false;
    let mut kept = Vec::with_capacity(jpeg.segments().len());
    for part in jpeg.segments() {
        if !segments::is_judged(part) {
            kept.push(part.clone());
            continue;
        }
        let fate = fates.next()?;
        changed |= !matches!(fate.fate, Fate::Keep(_));
        kept.extend(
            fate.payload()
                .map(|payload| JpegSegment::new_with_contents(part.marker(), payload.clone())),
        );
    }
    *jpeg.segments_mut() = kept;
    let bytes = jpeg.encoder().bytes();
    let end = bytes.len() - trailing;
    Some((bytes.slice(..end), changed || end != original))
}
