//! MATLAB's level-5 `.mat` files, as far as SVHN needs them: full numeric arrays, compressed or not.
//!
//! A file is a header of 128 bytes and a row of elements; an element is a tag (type and length, four bytes each) and its
//! data. Arrays are column-major.
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use flate2::read::ZlibDecoder;

use crate::error::{Error, Result};

const HEADER: usize = 128;
/// Version and byte order: little endian, level 5.
const MARK: [u8; 4] = [0x00, 0x01, b'I', b'M'];
const COMPRESSED: u32 = 15;
const MATRIX: u32 = 14;

/// An array of numbers.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Array {
    /// Extents, first index fastest.
    pub(super) shape: Vec<usize>,
    /// Elements.
    pub(super) data: Numbers,
}

/// Elements as they are stored.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Numbers {
    /// 8-bit unsigned.
    Bytes(Vec<u8>),
    /// Any other type.
    Floats(Vec<f64>),
}

/// All arrays of a file by name. At most `limit` bytes are unpacked.
///
/// # Errors
/// [`Error::Data`] for another format, a truncated or damaged file, or arrays of another kind.
pub(super) fn read(path: &Path, bytes: &[u8], limit: u64) -> Result<BTreeMap<String, Array>> {
    let fail = |what: String| Error::data(path, what);
    if bytes.len() < HEADER || bytes[124..128] != MARK {
        return Err(fail("not a little-endian MATLAB level-5 file".into()));
    }
    let mut arrays = BTreeMap::new();
    let mut left = limit;
    let mut at = &bytes[HEADER..];
    while !at.is_empty() {
        let (kind, data) = element(&mut at, false).map_err(fail)?;
        let unpacked;
        let body = match kind {
            COMPRESSED => {
                unpacked = unpack(data, left).map_err(fail)?;
                left -= unpacked.len() as u64;
                let mut inner = &unpacked[..];
                let (kind, body) = element(&mut inner, false).map_err(fail)?;
                if kind != MATRIX || !inner.is_empty() {
                    let text = format!("a compressed element of type {kind}, not one array");
                    return Err(fail(text));
                }
                body
            }
            MATRIX => data,
            other => {
                return Err(fail(format!(
                    "an element of type {other} where an array belongs"
                )));
            }
        };
        let (name, array) = array(body).map_err(fail)?;
        if arrays.insert(name.clone(), array).is_some() {
            return Err(fail(format!("two arrays named {name}")));
        }
    }
    Ok(arrays)
}

fn unpack(data: &[u8], limit: u64) -> std::result::Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let mut decoder = ZlibDecoder::new(data).take(limit.saturating_add(1));
    let result = decoder.read_to_end(&mut bytes);
    result.map_err(|e| format!("damaged compressed data: {e}"))?;
    if bytes.len() as u64 > limit {
        return Err(format!("unpacks to more than {limit} bytes"));
    }
    Ok(bytes)
}

/// Takes one element off `at`: its type and data. Those inside an array are padded to 8 bytes.
fn element<'a>(at: &mut &'a [u8], padded: bool) -> std::result::Result<(u32, &'a [u8]), String> {
    let all: &'a [u8] = at;
    let short = || "truncated: it ends inside an element".to_owned();
    let word = |i: usize| -> std::result::Result<u32, String> {
        let bytes = all.get(i..i + 4).ok_or_else(short)?;
        Ok(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    };
    let first = word(0)?;
    // A small element has its length in the upper half of the first word and at most four bytes in the second.
    let (kind, start, length): (u32, usize, usize) = if first >> 16 != 0 {
        (first & 0xffff, 4, (first >> 16) as usize)
    } else {
        (first, 8, word(4)? as usize)
    };
    if start == 4 && length > 4 {
        return Err(format!("a small element of {length} bytes"));
    }
    let end = start.checked_add(length).ok_or_else(short)?;
    let data = all.get(start..end).ok_or_else(short)?;
    let next = match (start, padded) {
        (4, _) => 8,
        (_, true) => end.div_ceil(8) * 8,
        _ => end,
    };
    *at = all.get(next.min(all.len())..).unwrap_or_default();
    Ok((kind, data))
}

/// The parts of an array: flags, extents, name, elements.
fn array(mut body: &[u8]) -> std::result::Result<(String, Array), String> {
    let (_, flags) = element(&mut body, true)?;
    // mxDOUBLE_CLASS to mxUINT64_CLASS; complex numbers have a flag.
    let class = flags.first().copied().unwrap_or(0);
    let complex = flags.get(1).is_some_and(|flags| flags & 0x08 != 0);
    if !(6..=15).contains(&class) || complex {
        return Err(format!(
            "an array of class {class}, complex: {complex}; real numbers are read"
        ));
    }
    let (kind, extents) = element(&mut body, true)?;
    if kind != 5 || extents.is_empty() || extents.len() > 32 || !extents.len().is_multiple_of(4) {
        return Err("an array without sound extents".into());
    }
    let shape: Vec<usize> = extents
        .chunks_exact(4)
        .map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]) as usize)
        .collect();
    let (_, name) = element(&mut body, true)?;
    let name = String::from_utf8_lossy(name).into_owned();
    let (kind, data) = element(&mut body, true)?;
    let data = numbers(kind, data)?;
    let found = match &data {
        Numbers::Bytes(bytes) => bytes.len(),
        Numbers::Floats(floats) => floats.len(),
    };
    let product = shape
        .iter()
        .try_fold(1usize, |n, &extent| n.checked_mul(extent));
    if product != Some(found) {
        return Err(format!(
            "array {name} of extents {shape:?} has {found} elements"
        ));
    }
    Ok((name, Array { shape, data }))
}

fn numbers(kind: u32, data: &[u8]) -> std::result::Result<Numbers, String> {
    macro_rules! floats {
        ($t:ty) => {{
            const SIZE: usize = size_of::<$t>();
            if !data.len().is_multiple_of(SIZE) {
                return Err(format!("{} bytes of {SIZE}-byte numbers", data.len()));
            }
            let one = |b: &[u8]| {
                let mut bytes = [0; SIZE];
                bytes.copy_from_slice(b);
                <$t>::from_le_bytes(bytes) as f64
            };
            Ok(Numbers::Floats(data.chunks_exact(SIZE).map(one).collect()))
        }};
    }
    match kind {
        2 => Ok(Numbers::Bytes(data.to_vec())),
        1 => floats!(i8),
        3 => floats!(i16),
        4 => floats!(u16),
        5 => floats!(i32),
        6 => floats!(u32),
        7 => floats!(f32),
        9 => floats!(f64),
        12 => floats!(i64),
        13 => floats!(u64),
        other => Err(format!("numbers of type {other}")),
    }
}
