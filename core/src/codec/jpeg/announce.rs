//! The segments that announce a gain map behind the photo, and the index that finds it.

use img_parts::Bytes;

use super::mpf;
use crate::codec::metadata::policy::Rules;
use crate::codec::metadata::verdict::NOT_KEPT;
use crate::codec::metadata::xmp::GainMap;
use crate::codec::photo::Fate;

/// What the APP2 segments of ISO 21496-1 begin with.
pub(super) const ISO: &[u8] = b"urn:iso:std:iso:ts:21496:-1\0";

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
        // The numbers are known, and put in, when the photo has been written: see `finish.rs`.
        Some(GainMap::Follows(_)) => Fate::Rewrite(
            mpf::write(0, 0, 0).into(),
            "lists the photo and its gain map only",
        ),
        _ if !rules.keeps_all() => Fate::Remove(NOT_KEPT),
        _ => Fate::Remove("belonged to a further image that is not carried over"),
    }
}
