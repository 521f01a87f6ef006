//! Chunks whose checksum is wrong (PNG, third edition, 5.4 and 13.2): ancillary ones are left out, as decoders do.

use img_parts::Bytes;

const SIGNATURE: usize = 8;

/// The file without ancillary chunks of a wrong checksum, and the kind and length of each of those. A file that is damaged
/// otherwise stays as it is: who reads it says so.
pub(super) fn without_wrong(file: &Bytes) -> (Bytes, Vec<([u8; 4], usize)>) {
    let wrong = wrong_chunks(file);
    if wrong.is_empty() {
        return (file.clone(), Vec::new());
    }
    let mut rest = Vec::with_capacity(file.len());
    let mut at = 0;
    for &(start, end, _) in &wrong {
        rest.extend(&file[at..start]);
        at = end;
    }
    rest.extend(&file[at..]);
    let left_out = wrong
        .iter()
        .map(|&(start, end, kind)| (kind, end - start - 12));
    (rest.into(), left_out.collect())
}

/// Start, end and kind of ancillary chunks of a wrong checksum before IEND.
fn wrong_chunks(file: &[u8]) -> Vec<(usize, usize, [u8; 4])> {
    let mut wrong = Vec::new();
    let mut at = SIGNATURE;
    while let Some(&[l0, l1, l2, l3, k0, k1, k2, k3]) = file.get(at..).and_then(<[u8]>::first_chunk)
    {
        let length = u32::from_be_bytes([l0, l1, l2, l3]) as usize;
        let kind = [k0, k1, k2, k3];
        let end = at.saturating_add(length).saturating_add(12);
        let Some(&[.., c0, c1, c2, c3]) = file.get(at + 4..end) else {
            break;
        };
        let sum = crc32fast::hash(&file[at + 4..end - 4]);
        if sum != u32::from_be_bytes([c0, c1, c2, c3]) && k0.is_ascii_lowercase() {
            wrong.push((at, end, kind));
        }
        if &kind == b"IEND" {
            break;
        }
        at = end;
    }
    wrong
}
