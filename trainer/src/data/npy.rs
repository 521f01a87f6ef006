//! NumPy's `.npy` arrays of bytes, as in MedMNIST's archives.

/// An array of bytes, last index fastest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bytes {
    /// Extents.
    pub(super) shape: Vec<usize>,
    /// Elements.
    pub(super) data: Vec<u8>,
}

const MAGIC: &[u8] = b"\x93NUMPY";

/// Reads an array (format versions 1 and 2; type `|u1`; row-major).
pub(super) fn read(bytes: &[u8]) -> Result<Bytes, String> {
    let rest = bytes.strip_prefix(MAGIC).ok_or("not a NumPy array")?;
    let (start, length) = match rest {
        [1, _, a, b, ..] => (4, usize::from(u16::from_le_bytes([*a, *b]))),
        [2, _, a, b, c, d, ..] => (6, u32::from_le_bytes([*a, *b, *c, *d]) as usize),
        _ => return Err("a NumPy format version other than 1 and 2".into()),
    };
    let end = start + length;
    let header = rest.get(start..end).ok_or("truncated in its header")?;
    let header = std::str::from_utf8(header).map_err(|_| "a header that is not text")?;
    let value = |key: &str| {
        let (_, after) = header.split_once(&format!("'{key}':"))?;
        Some(after.trim_start())
    };
    let descr = value("descr").unwrap_or_default();
    if !(descr.starts_with("'|u1'") || descr.starts_with("'u1'") || descr.starts_with("'<u1'")) {
        let kind: String = descr.chars().take(8).collect();
        return Err(format!("numbers of type {kind}; bytes ('|u1') are read"));
    }
    if !value("fortran_order").is_some_and(|v| v.starts_with("False")) {
        return Err("a column-major array; row-major ones are read".into());
    }
    let shape = value("shape")
        .and_then(|v| v.strip_prefix('(')?.split_once(')'))
        .map(|(inside, _)| inside)
        .ok_or("a header without a shape")?;
    let shape: Vec<usize> = shape
        .split(',')
        .map(str::trim)
        .filter(|extent| !extent.is_empty())
        .map(|extent| {
            extent
                .parse()
                .map_err(|_| format!("an extent of {extent:?}"))
        })
        .collect::<Result<_, String>>()?;
    let data = rest[end..].to_vec();
    let product = shape
        .iter()
        .try_fold(1usize, |n, &extent| n.checked_mul(extent));
    if product != Some(data.len()) {
        return Err(format!("extents {shape:?}, but {} elements", data.len()));
    }
    Ok(Bytes { shape, data })
}
