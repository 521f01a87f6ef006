//! JPEG segments: which are metadata, and what becomes of each.

use std::collections::HashSet;

use img_parts::Bytes;
use img_parts::jpeg::JpegSegment;

use super::encoding::Density;
use super::{announce, extended, mpf};
use crate::codec::metadata::policy::{MARK, MARK_ADDED, Packets, Rules};
use crate::codec::metadata::verdict::NOT_KEPT;
use crate::codec::metadata::xmp::GainMap;
use crate::codec::metadata::{exif, icc, photoshop};
use crate::codec::photo::{Fate, Place, Segment};
use crate::error::Error;
use crate::options::MetadataPolicy;

const JFIF: &[u8] = b"JFIF\0";
const JFXX: &[u8] = b"JFXX\0";
const CIFF: &[u8] = b"HEAPJPGM";
const EXIF: &[u8] = b"Exif\0\0";
pub(super) const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
const ICC: &[u8] = b"ICC_PROFILE\0";

/// Longest payload of a segment: its length field counts itself (ITU-T T.81, B.1.1.4).
const LONGEST: usize = 65_533;

/// The metadata segments in file order, with what they say that the codec needs.
pub(super) struct Judged {
    pub(super) segments: Vec<Segment>,
    pub(super) orientation: u8,
    pub(super) density: Option<Density>,
    pub(super) refusals: Vec<Error>,
    pub(super) notes: Vec<String>,
}

/// Whether [`judge`] says something of a segment: APPn but for JFIF without a thumbnail and Adobe's APP14, and COM.
/// Frame, tables, scans and those two are written anew.
pub(super) fn is_judged(part: &JpegSegment) -> bool {
    match part.marker() {
        0xE0 if part.contents().starts_with(JFIF) => has_thumbnail(part.contents()),
        0xEE => !part.contents().starts_with(b"Adobe"),
        marker => matches!(marker, 0xE0..=0xEF | 0xFE),
    }
}

/// Judges every metadata segment. `gray`: the photo is stored gray and will be written in colour. `gain_map`: what
/// stays of one.
pub(super) fn judge(
    parts: &[JpegSegment],
    gray: bool,
    rules: &Rules,
    gain_map: Option<GainMap>,
) -> Judged {
    let extended = extended::stays(parts, rules);
    let mut judge = Judge {
        rules,
        gray,
        gain_map,
        credentials: credential_boxes(parts),
        packets: Packets::new(rules, gain_map).with_extension(extended),
        extended,
        gray_profile: false,
        seen_exif: false,
        judged: Judged {
            segments: Vec::new(),
            orientation: 1,
            density: None,
            refusals: Vec::new(),
            notes: Vec::new(),
        },
    };
    for part in parts {
        judge.part(part);
    }
    judge.finish()
}

/// The instance numbers of the boxes of content credentials: a long box goes over several APP11 segments, of which
/// only the first says what it is (JUMBF in JPEG, ISO/IEC 19566-5, annex D).
fn credential_boxes(parts: &[JpegSegment]) -> HashSet<[u8; 2]> {
    let signed = parts
        .iter()
        .filter(|part| part.marker() == 0xEB && contains(part.contents(), b"c2pa"));
    signed
        .filter_map(|part| box_instance(part.contents()))
        .collect()
}

fn box_instance(bytes: &[u8]) -> Option<[u8; 2]> {
    let number = bytes.strip_prefix(b"JP")?.first_chunk()?;
    Some(*number)
}

struct Judge<'a> {
    rules: &'a Rules,
    gray: bool,
    gain_map: Option<GainMap>,
    credentials: HashSet<[u8; 2]>,
    packets: Packets<'a>,
    extended: bool,
    gray_profile: bool,
    seen_exif: bool,
    judged: Judged,
}

impl Judge<'_> {
    fn part(&mut self, part: &JpegSegment) {
        let (marker, bytes) = (part.marker(), part.contents());
        if marker == 0xE0 && bytes.starts_with(JFIF) {
            self.judged.density = density(bytes).filter(|density| self.shows(density));
        }
        if !is_judged(part) {
            return;
        }
        let (name, fate) = match marker {
            0xE0 if bytes.starts_with(JFIF) => (
                "JFIF thumbnail".to_owned(),
                Fate::Remove("showed the unprotected photo"),
            ),
            0xE0 if bytes.starts_with(JFXX) => (
                "JFIF extension".to_owned(),
                Fate::Remove("held a thumbnail of the unprotected photo"),
            ),
            // Canon's early cameras: camera, settings and texts in a directory that is read through for pictures.
            0xE0 if bytes.get(6..14) == Some(CIFF) => ("CIFF".to_owned(), self.other(bytes)),
            0xE1 => self.app1(bytes),
            0xE2 => self.app2(bytes),
            0xEB => self.app11(bytes),
            0xED if bytes.starts_with(photoshop::PREFIX) => {
                ("IPTC and Photoshop".to_owned(), self.photoshop(bytes))
            }
            0xFE => ("comment".to_owned(), self.other(bytes)),
            _ => (format!("APP{}", marker - 0xE0), self.unknown(bytes)),
        };
        self.judged.segments.push(Segment {
            name,
            place: Place::Marker(marker),
            bytes: bytes.len(),
            fate,
        });
    }

    /// Whether a density stays: under `Strip` only where pixels are not square.
    fn shows(&self, density: &Density) -> bool {
        self.rules.policy != MetadataPolicy::Strip || density.x != density.y
    }

    fn app1(&mut self, bytes: &Bytes) -> (String, Fate) {
        if bytes.starts_with(b"Exif\0") {
            let fate = self.exif(bytes, exif::body(bytes));
            return ("EXIF".to_owned(), fate);
        }
        if let Some(packet) = bytes.strip_prefix(XMP) {
            self.rules.check_mark(packet, &mut self.judged.refusals);
            let verdict = self.packets.judge(packet, LONGEST - XMP.len());
            return ("XMP".to_owned(), verdict.fate(bytes, with_xmp_prefix));
        }
        if bytes.starts_with(extended::PREFIX) {
            let fate = if self.extended {
                Fate::Keep(bytes.clone())
            } else {
                Fate::Remove(extended::REMOVED)
            };
            return ("extended XMP".to_owned(), fate);
        }
        ("APP1".to_owned(), self.unknown(bytes))
    }

    /// The first block counts, as readers take it.
    fn exif(&mut self, bytes: &Bytes, tiff: &[u8]) -> Fate {
        if std::mem::replace(&mut self.seen_exif, true) {
            return if self.rules.keeps_all() {
                self.rules.exif(tiff).fate(bytes, with_exif_prefix)
            } else {
                Fate::Remove(NOT_KEPT)
            };
        }
        self.judged.orientation = exif::orientation(tiff);
        self.rules.exif(tiff).fate(bytes, with_exif_prefix)
    }

    fn app2(&mut self, bytes: &Bytes) -> (String, Fate) {
        if let Some(profile) = bytes.strip_prefix(ICC) {
            self.gray_profile |= self.gray && profile.get(2..).is_some_and(icc::is_gray);
            let fate = if self.gray_profile {
                Fate::Remove("a gray profile does not fit a colour photo")
            } else {
                let chunk = profile.get(..2).unwrap_or_default();
                let verdict = self.rules.profile(profile.get(2..).unwrap_or_default());
                verdict.fate(bytes, |profile| [ICC, chunk, &profile].concat())
            };
            return ("ICC profile".to_owned(), fate);
        }
        if bytes.starts_with(mpf::PREFIX) {
            return (
                "multi-picture index (MPF)".to_owned(),
                announce::index(self.gain_map, self.rules),
            );
        }
        if bytes.starts_with(announce::ISO) {
            return (
                "gain map".to_owned(),
                announce::announcement(bytes, self.gain_map),
            );
        }
        ("APP2".to_owned(), self.unknown(bytes))
    }

    fn app11(&mut self, bytes: &Bytes) -> (String, Fate) {
        let continues = |number| self.credentials.contains(&number);
        if contains(bytes, b"c2pa") || box_instance(bytes).is_some_and(continues) {
            return self.rules.credentials(&mut self.judged.refusals);
        }
        if bytes.starts_with(b"HDR_RI") {
            return (
                "JPEG-HDR ratio image".to_owned(),
                Fate::Remove("belonged to a further image that is not carried over"),
            );
        }
        ("APP11".to_owned(), self.unknown(bytes))
    }

    fn photoshop(&self, bytes: &Bytes) -> Fate {
        let blocks = bytes.get(photoshop::PREFIX.len()..).unwrap_or_default();
        let verdict = self.rules.photoshop(blocks);
        verdict.fate(bytes, |blocks| [photoshop::PREFIX, &blocks].concat())
    }

    fn unknown(&self, bytes: &Bytes) -> Fate {
        self.rules.unknown(bytes).fate(bytes, |block| block)
    }

    fn other(&self, bytes: &Bytes) -> Fate {
        self.rules.other(bytes).fate(bytes, |block| block)
    }

    fn finish(mut self) -> Judged {
        if let Some(packet) = self.packets.finish(&mut self.judged.notes) {
            self.judged.segments.push(Segment {
                name: MARK.to_owned(),
                place: Place::Marker(0xE1),
                bytes: 0,
                fate: Fate::Add(with_xmp_prefix(packet).into(), MARK_ADDED),
            });
        }
        self.judged
    }
}

fn with_exif_prefix(tiff: Vec<u8>) -> Vec<u8> {
    [EXIF, &tiff].concat()
}

fn with_xmp_prefix(packet: Vec<u8>) -> Vec<u8> {
    [XMP, &packet].concat()
}

fn has_thumbnail(jfif: &[u8]) -> bool {
    !matches!(jfif.get(12..14), None | Some([0, _] | [_, 0]))
}

fn density(jfif: &[u8]) -> Option<Density> {
    let [unit, x1, x0, y1, y0] = *jfif.get(7..12)?.first_chunk()?;
    let (x, y) = (u16::from_be_bytes([x1, x0]), u16::from_be_bytes([y1, y0]));
    (unit <= 2 && x > 0 && y > 0).then_some(Density { unit, x, y })
}

fn contains(bytes: &[u8], word: &[u8]) -> bool {
    memchr::memmem::find(bytes, word).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use crate::options::{Credentials, ProtectOptions, Strength};

    /// Without a mark, which nothing gets at strength 0.
    fn rules(policy: MetadataPolicy, credentials: Credentials) -> Rules {
        let options = ProtectOptions::new()
            .metadata(policy)
            .credentials(credentials)
            .strength(Strength::new(0.0).expect("in range"));
        Rules::new(&options, None)
    }

    fn judge_all(parts: &[(u8, &[u8])], rules: &Rules) -> Judged {
        let part = |&(marker, contents): &(u8, &[u8])| {
            JpegSegment::new_with_contents(marker, Bytes::copy_from_slice(contents))
        };
        judge(
            &parts.iter().map(part).collect::<Vec<_>>(),
            false,
            rules,
            None,
        )
    }

    fn judge_one(marker: u8, contents: &[u8], policy: MetadataPolicy) -> Option<Segment> {
        let rules = rules(policy, Credentials::Refuse);
        judge_all(&[(marker, contents)], &rules).segments.pop()
    }

    #[test]
    fn content_credentials_are_refused_or_removed() {
        let signed: [(u8, &[u8]); 4] = [
            (0xEB, b"JP\0\x01\0\0\0\x01\0\0\0\x20jumbc2pa"),
            (
                0xEB,
                b"JP\0\x01\0\0\0\x02\0\0\0\x20jumb the rest of the box",
            ),
            (0xEB, b"JP\0\x02\0\0\0\x01\0\0\0\x20jumb another box"),
            (0xEB, b"JQ another segment"),
        ];
        for (credentials, refused) in [(Credentials::Refuse, 1), (Credentials::Remove, 0)] {
            let judged = judge_all(&signed, &rules(MetadataPolicy::Keep, credentials));
            let kinds: Vec<_> = judged.refusals.iter().map(Error::kind).collect();
            assert_eq!(kinds, vec![ErrorKind::ProtectedMetadata; refused]);
            let kept: Vec<_> = judged
                .segments
                .iter()
                .map(|s| s.payload().is_some())
                .collect();
            assert_eq!(kept, [false, false, true, true]);
        }
    }

    const KEPT: [(u8, &[u8]); 6] = [
        (0xE1, b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0"),
        (0xFE, b"hello"),
        (0xE4, b"maker"),
        (0xE1, b"http://ns.adobe.com/xap/1.0/\0plain"),
        (0xED, b"Photoshop 3.0\0"),
        (0xE2, b"ICC_PROFILE\0\x01\x01"),
    ];

    #[test]
    fn fates_by_kind() {
        for (marker, contents) in KEPT {
            let segment = judge_one(marker, contents, MetadataPolicy::Keep).expect("judged");
            assert_eq!(segment.payload().map(|b| &b[..]), Some(contents));
        }
        for (marker, contents) in [
            (0xE2, &b"MPF\0II*\0"[..]),
            (0xE2, announce::ISO),
            (0xE0, b"JFXX\0"),
            (0xE1, extended::PREFIX),
        ] {
            let segment = judge_one(marker, contents, MetadataPolicy::Keep).expect("judged");
            assert!(segment.payload().is_none());
        }
        assert!(judge_one(0xEE, b"Adobe\0\x64", MetadataPolicy::Keep).is_none());
    }

    #[test]
    fn only_the_profile_stays_where_nothing_else_may() {
        for policy in [MetadataPolicy::Private, MetadataPolicy::Strip] {
            for (marker, contents) in KEPT {
                let segment = judge_one(marker, contents, policy).expect("every segment is listed");
                assert_eq!(segment.payload().is_some(), marker == 0xE2, "{marker:#X}");
            }
        }
    }

    #[test]
    fn density_stays_where_it_tells_how_to_show() {
        let jfif = |x| [JFIF, &[1, 1, 1, 0, x, 0, 72, 0, 0]].concat();
        let of =
            |x, policy| judge_all(&[(0xE0, &jfif(x))], &rules(policy, Credentials::Refuse)).density;
        assert!(of(72, MetadataPolicy::Private).is_some());
        assert!(of(72, MetadataPolicy::Strip).is_none());
        assert!(of(36, MetadataPolicy::Strip).is_some());
    }
}
