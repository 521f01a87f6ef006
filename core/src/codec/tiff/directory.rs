//! The tags of a TIFF file: read, judged, and kept as they are to be written.

use std::collections::BTreeMap;
use std::io::Cursor;

use img_parts::Bytes;
use tiff::Directory;
use tiff::decoder::Decoder;
use tiff::tags::{ByteOrder, IfdPointer, Tag, Type, ValueBuffer};

use super::preflight;
use super::reader::failed;
use super::tags::{self, Group};
use crate::codec::metadata::policy::{MARK_ADDED, Packets, Rules};
use crate::codec::metadata::verdict::Verdict;
use crate::codec::metadata::{embedded, exif, icc, maker_note, photoshop};
use crate::codec::photo::{Fate, Place, Segment};
use crate::error::{Error, ErrorKind, Result};
use crate::options::ProtectOptions;

/// Tags in the order of their numbers, in the byte order of this machine.
pub(super) type Values = BTreeMap<u16, ValueBuffer>;

/// What of the metadata is written again.
#[derive(Default)]
pub(super) struct Metadata {
    pub(super) main: Values,
    pub(super) exif: Values,
    pub(super) gps: Values,
    pub(super) interoperability: Values,
    /// Size in the input and fate of each group of tags, in the order of first appearance.
    groups: Vec<(Group, usize, Outcome)>,
    /// Bytes read so far.
    total: u64,
    /// A packet was added for the mark.
    added: bool,
    pub(super) notes: Vec<String>,
    pub(super) refusals: Vec<Error>,
}

/// What became of a group as a whole, from least to most severe.
#[derive(Clone, Copy, PartialEq)]
enum Outcome {
    Kept,
    Rewritten(&'static str),
    Removed(&'static str),
}

impl Metadata {
    /// Reads and judges all tags. `tinted`: a gray photo will be written in colour.
    pub(super) fn read(
        decoder: &mut Decoder<Cursor<&[u8]>>,
        (options, rules): (&ProtectOptions, &Rules),
        tinted: bool,
    ) -> Result<Self> {
        let mut metadata = Self::default();
        let mut packets = Packets::new(rules, None);
        let pointer = decoder.ifd_pointer().ok_or_else(damaged)?;
        let directory = decoder.read_directory(pointer).map_err(failed)?;
        metadata.main = metadata.judge(decoder, &directory, options, tinted)?;
        metadata.judge_packet(&mut packets, rules);
        if let Some(inner) = sub_directory(decoder, tags::EXIF) {
            metadata.exif = metadata.judge_inner(decoder, &inner, tags::EXIF, options)?;
        }
        if let Some(inner) = sub_directory(decoder, tags::GPS) {
            metadata.gps = metadata.judge_inner(decoder, &inner, tags::GPS, options)?;
        }
        if let Some(inner) = metadata.interoperability_directory(decoder) {
            metadata.interoperability =
                metadata.judge_inner(decoder, &inner, tags::INTEROPERABILITY, options)?;
        }
        if let Some(packet) = packets.finish(&mut metadata.notes) {
            let value = ValueBuffer::from_value(&&packet[..]);
            metadata.main.insert(tags::XMP, value);
            metadata.added = true;
        }
        Ok(metadata)
    }

    /// Judges the XMP packet, which went into the main directory unseen.
    fn judge_packet(&mut self, packets: &mut Packets<'_>, rules: &Rules) {
        let Some(value) = self.main.remove(&tags::XMP) else {
            return;
        };
        let bytes = value.as_bytes().len();
        rules.check_mark(value.as_bytes(), &mut self.refusals);
        let outcome = match packets.judge(value.as_bytes(), usize::MAX) {
            Verdict::Keep => {
                self.main.insert(tags::XMP, value);
                Outcome::Kept
            }
            Verdict::Rewrite(packet, what) => {
                let value = ValueBuffer::from_value(&&packet[..]);
                self.main.insert(tags::XMP, value);
                Outcome::Rewritten(what)
            }
            Verdict::Remove(why) => Outcome::Removed(why),
        };
        self.count(Group::Xmp, bytes, outcome);
    }

    /// What the report says of each group.
    pub(super) fn segments(&self) -> Vec<Segment> {
        let segment = |&(group, bytes, outcome): &(Group, usize, Outcome)| Segment {
            name: group.name().to_owned(),
            place: Place::Elsewhere,
            bytes,
            fate: match outcome {
                Outcome::Kept => Fate::Keep(Bytes::new()),
                Outcome::Rewritten(what) => Fate::Rewrite(Bytes::new(), what),
                Outcome::Removed(why) => Fate::Remove(why),
            },
        };
        let added = self.added.then(|| Segment {
            name: Group::Xmp.name().to_owned(),
            place: Place::Elsewhere,
            bytes: 0,
            fate: Fate::Add(Bytes::new(), MARK_ADDED),
        });
        self.groups.iter().map(segment).chain(added).collect()
    }

    /// EXIF orientation, 1 to 8; 1 where it is absent or out of range.
    pub(super) fn orientation(&self) -> u8 {
        let value = self.main.get(&tags::ORIENTATION);
        let value = value.and_then(|value| value.as_bytes().first_chunk());
        match value.map(|&bytes| u16::from_ne_bytes(bytes)) {
            Some(value @ 1..=8) => value as u8,
            _ => 1,
        }
    }

    fn judge(
        &mut self,
        decoder: &mut Decoder<Cursor<&[u8]>>,
        directory: &Directory,
        options: &ProtectOptions,
        tinted: bool,
    ) -> Result<Values> {
        let mut kept = Values::new();
        for (tag, _) in directory.iter() {
            let tag = tag.to_u16();
            let group = Group::of(tag);
            // Pointers are followed by the caller; what they point to is judged there.
            if group == Group::Structure || matches!(tag, tags::EXIF | tags::GPS) {
                continue;
            }
            let mut value = self.value(decoder, directory, tag, options)?;
            let bytes = value.as_bytes().len();
            let outcome = if let Some(why) = group.removed(options.metadata) {
                Outcome::Removed(why)
            } else if group == Group::Icc && tinted && icc::is_gray(value.as_bytes()) {
                Outcome::Removed("a gray profile does not fit a colour photo")
            } else if tag == tags::XMP {
                kept.insert(tag, value);
                continue;
            } else {
                cleaned(tag, &mut value)
            };
            if !matches!(outcome, Outcome::Removed(_)) {
                kept.insert(tag, value);
            }
            self.count(group, bytes, outcome);
        }
        if let Some(value) = kept.get(&tags::ORIENTATION)
            && (value.data_type() != Type::SHORT || value.count() != 1)
        {
            kept.remove(&tags::ORIENTATION);
        }
        Ok(kept)
    }

    /// Judges a directory that the main one points to.
    fn judge_inner(
        &mut self,
        decoder: &mut Decoder<Cursor<&[u8]>>,
        directory: &Directory,
        parent: u16,
        options: &ProtectOptions,
    ) -> Result<Values> {
        let mut kept = Values::new();
        for (tag, _) in directory.iter() {
            let tag = tag.to_u16();
            let group = match (parent, Group::of(tag)) {
                (tags::GPS, _) => Group::Gps,
                // What the sharing policy may keep is sorted by tag; the rest is EXIF.
                (
                    tags::EXIF,
                    group @ (Group::Colour
                    | Group::Date
                    | Group::Camera
                    | Group::Exposure
                    | Group::MakerNote
                    | Group::Description),
                ) => group,
                (tags::EXIF, _) if tag == tags::INTEROPERABILITY => {
                    kept.insert(tag, self.value(decoder, directory, tag, options)?);
                    continue;
                }
                _ => Group::Exif,
            };
            let mut value = self.value(decoder, directory, tag, options)?;
            let bytes = value.as_bytes().len();
            let outcome = match group.removed(options.metadata) {
                Some(why) => Outcome::Removed(why),
                None => cleaned(tag, &mut value),
            };
            if !matches!(outcome, Outcome::Removed(_)) {
                kept.insert(tag, value);
            }
            self.count(group, bytes, outcome);
        }
        Ok(kept)
    }

    fn interoperability_directory(
        &mut self,
        decoder: &mut Decoder<Cursor<&[u8]>>,
    ) -> Option<Directory> {
        let value = self.exif.remove(&tags::INTEROPERABILITY)?;
        let pointer = u32::from_ne_bytes(*value.as_bytes().first_chunk()?);
        decoder.read_directory(IfdPointer(pointer.into())).ok()
    }

    /// A tag's value in the byte order of this machine; empty where it cannot be read.
    fn value(
        &mut self,
        decoder: &mut Decoder<Cursor<&[u8]>>,
        directory: &Directory,
        tag: u16,
        options: &ProtectOptions,
    ) -> Result<ValueBuffer> {
        let limit = options.limits.max_metadata_bytes;
        let mut value = ValueBuffer::empty(Type::BYTE);
        let tag = Tag::from_u16_exhaustive(tag);
        let length = decoder.inner().get_ref().len();
        if !directory
            .get(tag)
            .is_some_and(|entry| preflight::fits(entry, length))
        {
            return Ok(value);
        }
        let found = decoder
            .read_directory_tags(directory)
            .find_tag_buf(tag, &mut value);
        match found {
            Ok(_) => self.total += value.as_bytes().len() as u64,
            Err(tiff::TiffError::LimitsExceeded) => self.total = u64::MAX,
            Err(_) => value = ValueBuffer::empty(Type::BYTE),
        }
        if self.total > limit {
            return Err(Error::new(
                ErrorKind::LimitExceeded,
                format!(
                    "the metadata takes more than the limit of {limit} bytes (Limits::max_metadata_bytes)"
                ),
            ));
        }
        if tags::holds_bytes(tag.to_u16()) && value.data_type() != Type::UNDEFINED {
            // Writers that say so of another type mean the bytes as they lie in the file.
            return Ok(ValueBuffer::from_value(&value.as_bytes()));
        }
        value.set_byte_order(ByteOrder::native());
        Ok(value)
    }

    /// Adds a tag to its group. A group of which only a part stays is reported as changed.
    fn count(&mut self, group: Group, bytes: usize, outcome: Outcome) {
        match self.groups.iter_mut().find(|(found, ..)| *found == group) {
            None => self.groups.push((group, bytes, outcome)),
            Some((_, total, whole)) => {
                *total += bytes;
                if *whole != outcome {
                    *whole = match (*whole, outcome) {
                        (Outcome::Rewritten(what), _) | (_, Outcome::Rewritten(what)) => {
                            Outcome::Rewritten(what)
                        }
                        _ => Outcome::Rewritten("left out in part"),
                    };
                }
            }
        }
    }
}

/// The directory that a tag of the main directory points to; `None` where it is absent or cannot be read.
fn sub_directory(decoder: &mut Decoder<Cursor<&[u8]>>, tag: u16) -> Option<Directory> {
    let pointer = decoder.find_tag(Tag::from_u16_exhaustive(tag)).ok()??;
    decoder
        .read_directory(pointer.into_ifd_pointer().ok()?)
        .ok()
}

fn damaged() -> Error {
    Error::new(ErrorKind::Decode, "the TIFF has no directory")
}

/// Takes what shows the unprotected photo out of a value.
fn cleaned(tag: u16, value: &mut ValueBuffer) -> Outcome {
    let bytes = value.as_bytes();
    match tag {
        tags::ICC => Outcome::Kept,
        tags::MAKER_NOTE if !maker_note::is_self_contained(bytes) => {
            Outcome::Removed("it names places in the file as it was, which are other ones now")
        }
        tags::PHOTOSHOP => match photoshop::judge(bytes) {
            Verdict::Keep => Outcome::Kept,
            Verdict::Rewrite(rest, what) => {
                *value = ValueBuffer::from_value(&&rest[..]);
                Outcome::Rewritten(what)
            }
            Verdict::Remove(why) => Outcome::Removed(why),
        },
        _ => without_pictures(value),
    }
}

fn without_pictures(value: &mut ValueBuffer) -> Outcome {
    let streams = embedded::blank_pictures(value.as_bytes_mut());
    // A preview within a value may be a TIFF of its own.
    let previews = exif::strip_previews(value.as_bytes_mut());
    if streams || previews {
        return Outcome::Rewritten("previews of the unprotected photo removed");
    }
    Outcome::Kept
}
