//! The gain map behind a photo (Ultra HDR, ISO 21496-1): a second JPEG with the ratio of the bright version to the
//! photo, found by the multi-picture index.
//!
//! A ratio of luma says nothing about colour, and a generator of chroma leaves luma as it is: such a gain map shows
//! nothing of the unprotected photo, and stays.

use img_parts::Bytes;
use img_parts::jpeg::{Jpeg, JpegSegment};
use memchr::memmem;

use super::super::policy::{NOT_KEPT, Rules};
use super::super::source::{Fate, Segment};
use super::super::xmp::{self, GainMap};
use super::frame::Frame;
use super::segments::{self, XMP};
use super::{Encoding, count, mpf, trailer};
use crate::error::{Error, ErrorKind, Result};

/// What the APP2 segments of ISO 21496-1 begin with.
pub(super) const ISO: &[u8] = b"urn:iso:std:iso:ts:21496:-1\0";

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
        is_gain_map(&jpeg).then(|| judge(picture.len(), jpeg, rules))
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

fn judge(original: usize, jpeg: Jpeg, rules: &Rules) -> Found {
    let components = Frame::read(jpeg.segments()).map_or(0, |frame| frame.components);
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
        id: [0; 4],
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
    let trailing = trailer::trailing_bytes(&whole[whole.len() - entropy..]).ok()?;
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

/// What becomes of a segment that announces the gain map.
pub(super) fn announcement(bytes: &Bytes, gain_map: Option<GainMap>) -> Fate {
    if gain_map.is_some() {
        Fate::Keep(bytes.clone())
    } else {
        Fate::Remove("belonged to a further image that is not carried over")
    }
}

/// What becomes of the index.
pub(super) fn index(gain_map: Option<GainMap>, rules: &Rules) -> Fate {
    match gain_map {
        // The numbers are known, and put in, when the photo has been written: see `finish`.
        Some(GainMap::Follows(_)) => Fate::Rewrite(
            mpf::write(0, 0, 0).into(),
            "lists the photo and its gain map only",
        ),
        _ if !rules.keeps_all() => Fate::Remove(NOT_KEPT),
        _ => Fate::Remove("belonged to a further image that is not carried over"),
    }
}

/// The whole file: the written photo with the gain map behind it, if the input had one that stays, and true numbers in
/// the index. `photo` is a JPEG with the kept segments in place.
///
/// # Errors
/// [`ErrorKind::Encode`] beyond 4 GiB, which the index cannot express.
pub(in crate::codec) fn finish(mut photo: Vec<u8>, encoding: &Encoding) -> Result<Vec<u8>> {
    let Some(gain_map) = &encoding.gain_map else {
        return Ok(photo);
    };
    let header = mpf::position(&photo).ok_or_else(|| {
        Error::new(
            ErrorKind::Encode,
            "the written JPEG lost the index of its gain map",
        )
    })?;
    let number = |value: usize| {
        u32::try_from(value).map_err(|_| {
            Error::new(
                ErrorKind::Encode,
                format!("{value} bytes do not fit a multi-picture file"),
            )
        })
    };
    let (length, offset) = (number(photo.len())?, number(photo.len() - header)?);
    let index = mpf::write(length, number(gain_map.len())?, offset);
    let start = header - mpf::PREFIX.len();
    photo[start..start + index.len()].copy_from_slice(&index);
    photo.extend_from_slice(gain_map);
    Ok(photo)
}
