//! HEIF files (HEIC, AVIF): what their boxes say of the photo, without decoding it (ISO/IEC 14496-12 and 23008-12).

/// Content credentials lie in a box of this type (C2PA 2.1, "Embedding manifests into BMFF-based assets").
const CREDENTIALS: &[u8] = b"\xD8\xFE\xC3\xD6\x1B\x0E\x48\x3C\x92\x97\x58\x28\x87\x7E\xC4\x81";

/// How deep items and boxes are followed: more than any camera writes.
const MOST: usize = 4096;

/// What the boxes say.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Heif<'a> {
    /// Width and height of the primary item as stored.
    pub(super) size: Option<(u32, u32)>,
    /// The primary item has one channel.
    pub(super) gray: bool,
    /// EXIF from its TIFF header.
    pub(super) exif: Option<&'a [u8]>,
    /// The XMP packet.
    pub(super) xmp: Option<&'a [u8]>,
    /// Signed content credentials are there.
    pub(super) credentials: bool,
}

/// Reads the boxes; what is damaged is left out.
pub(super) fn read(file: &[u8]) -> Heif<'_> {
    let mut heif = Heif::default();
    for (kind, body) in boxes(file) {
        match &kind {
            b"uuid" => heif.credentials |= body.starts_with(CREDENTIALS),
            b"meta" => heif.meta(file, body.get(4..).unwrap_or_default()),
            _ => {}
        }
    }
    heif
}

impl<'a> Heif<'a> {
    fn meta(&mut self, file: &'a [u8], meta: &'a [u8]) {
        let child = |wanted: &[u8; 4]| {
            boxes(meta)
                .find(|(kind, _)| kind == wanted)
                .map(|(_, body)| body)
        };
        let stored = child(b"idat").unwrap_or_default();
        let places = child(b"iloc").and_then(locations).unwrap_or_default();
        for (id, kind) in child(b"iinf").map(items).unwrap_or_default() {
            let place = places.iter().find(|place| place.id == id);
            let Some(block) = place.and_then(|place| place.bytes(file, stored)) else {
                continue;
            };
            match kind {
                // Four bytes say how far it is to the TIFF header.
                Kind::Exif => {
                    let skipped = number(block, 0, 4).and_then(|skip| usize::try_from(skip).ok());
                    self.exif = skipped.and_then(|skip| block.get(4..)?.get(skip..));
                }
                Kind::Xmp => self.xmp = Some(block),
                Kind::Other => {}
            }
        }
        let primary = child(b"pitm").and_then(|body| {
            let bytes = if *body.first()? == 0 { 2 } else { 4 };
            number(body, 4, bytes)
        });
        if let Some(properties) = child(b"iprp") {
            self.properties(properties, primary.unwrap_or(u64::MAX));
        }
    }

    fn properties(&mut self, iprp: &[u8], primary: u64) {
        let all: Vec<_> = boxes(iprp)
            .filter(|(kind, _)| kind == b"ipco")
            .flat_map(|(_, body)| boxes(body))
            .take(MOST)
            .collect();
        let of_primary = boxes(iprp)
            .filter(|(kind, _)| kind == b"ipma")
            .find_map(|(_, body)| associated(body, primary));
        for index in of_primary.unwrap_or_default() {
            let Some((kind, body)) = index.checked_sub(1).and_then(|index| all.get(index)) else {
                continue;
            };
            match kind {
                b"ispe" => self.size = size(body),
                b"pixi" => self.gray = body.get(4) == Some(&1),
                _ => {}
            }
        }
        if self.size.is_none() {
            let sizes = all
                .iter()
                .filter(|(kind, _)| kind == b"ispe")
                .filter_map(|(_, body)| size(body));
            self.size = sizes.max_by_key(|&(width, height)| u64::from(width) * u64::from(height));
        }
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Exif,
    Xmp,
    Other,
}

/// Where an item's bytes are: its first extent, which holds all of it unless a writer cut it up, which none does for metadata.
struct Place {
    id: u64,
    in_idat: bool,
    offset: usize,
    length: usize,
}

impl Place {
    fn bytes<'a>(&self, file: &'a [u8], idat: &'a [u8]) -> Option<&'a [u8]> {
        let whole = if self.in_idat { idat } else { file };
        whole.get(self.offset..self.offset.checked_add(self.length)?)
    }
}

/// The boxes that follow one another in some bytes; a damaged one ends them.
fn boxes(mut bytes: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    std::iter::from_fn(move || {
        let kind = bytes.get(4..8)?.try_into().ok()?;
        let (head, length) = match number(bytes, 0, 4)? {
            0 => (8, bytes.len() as u64),
            1 => (16, number(bytes, 8, 8)?),
            length => (8, length),
        };
        let length = usize::try_from(length)
            .ok()
            .filter(|&length| length >= head)?;
        let body = bytes.get(head..length)?;
        bytes = &bytes[length..];
        Some((kind, body))
    })
    .take(MOST)
}

fn items(iinf: &[u8]) -> Vec<(u64, Kind)> {
    let head = if iinf.first() == Some(&0) { 6 } else { 8 };
    let entries = boxes(iinf.get(head..).unwrap_or_default());
    entries.filter_map(|(_, entry)| item(entry)).collect()
}

fn item(entry: &[u8]) -> Option<(u64, Kind)> {
    let wide = match entry.first()? {
        2 => 2,
        3 => 4,
        _ => return None,
    };
    let at = 4 + wide + 2;
    let kind = match entry.get(at..at + 4)? {
        b"Exif" => Kind::Exif,
        b"mime" => {
            let mut texts = entry[at + 4..].split(|&byte| byte == 0);
            match texts.nth(1) {
                Some(b"application/rdf+xml") => Kind::Xmp,
                _ => Kind::Other,
            }
        }
        _ => Kind::Other,
    };
    Some((number(entry, 4, wide)?, kind))
}

fn locations(iloc: &[u8]) -> Option<Vec<Place>> {
    let version = *iloc.first()?;
    let (sizes, bases) = (*iloc.get(4)?, *iloc.get(5)?);
    let nibble = |byte: u8| (usize::from(byte >> 4), usize::from(byte & 15));
    let ((offset, length), (base, index)) = (nibble(sizes), nibble(bases));
    let index = if version == 0 { 0 } else { index };
    let wide = if version < 2 { 2 } else { 4 };
    let mut at = 6;
    let mut next = |bytes: usize| {
        let read = number(iloc, at, bytes);
        at += bytes;
        read
    };
    let count = next(wide)?;
    let mut places = Vec::new();
    for _ in 0..count.min(MOST as u64) {
        let id = next(wide)?;
        let method = if version == 0 { 0 } else { next(2)? & 15 };
        next(2)?;
        let start = next(base)?;
        let mut first = None;
        for _ in 0..next(2)? {
            next(index)?;
            first = first.or(Some((next(offset)?, next(length)?)));
        }
        let Some((offset, length)) = first else {
            continue;
        };
        places.push(Place {
            id,
            in_idat: method == 1,
            offset: usize::try_from(start.checked_add(offset)?).ok()?,
            length: usize::try_from(length).ok()?,
        });
    }
    Some(places)
}

/// The numbers of an item's properties, from 1 on.
fn associated(ipma: &[u8], item: u64) -> Option<Vec<usize>> {
    let (wide_ids, wide_numbers) = (*ipma.first()? > 0, ipma.get(3)? & 1 == 1);
    let mut at = 8;
    for _ in 0..number(ipma, 4, 4)?.min(MOST as u64) {
        let bytes = if wide_ids { 4 } else { 2 };
        let id = number(ipma, at, bytes)?;
        let count = usize::from(*ipma.get(at + bytes)?);
        at += bytes + 1;
        let bytes = if wide_numbers { 2 } else { 1 };
        let mask = if wide_numbers { 0x7FFF } else { 0x7F };
        let numbers = (0..count)
            .map(|index| Some((number(ipma, at + bytes * index, bytes)? & mask) as usize));
        if id == item {
            return numbers.collect();
        }
        at += bytes * count;
    }
    None
}

fn size(ispe: &[u8]) -> Option<(u32, u32)> {
    let side = |at| u32::try_from(number(ispe, at, 4)?).ok();
    Some((side(4)?, side(8)?))
}

/// A number of up to eight bytes, the most significant first; 0 of no bytes.
fn number(bytes: &[u8], at: usize, length: usize) -> Option<u64> {
    let bytes = bytes.get(at..at.checked_add(length)?)?;
    Some(
        bytes
            .iter()
            .fold(0, |number, &byte| number << 8 | u64::from(byte)),
    )
}

#[cfg(test)]
#[path = "heif_tests.rs"]
mod tests;
