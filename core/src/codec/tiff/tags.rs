//! TIFF tags: what each says, and what becomes of it (TIFF 6.0; CIPA DC-008 for EXIF; XMP part 3 for 700).

use crate::options::MetadataPolicy;

pub(super) const COMPRESSION: u16 = 259;
pub(super) const ORIENTATION: u16 = 274;
pub(super) const PREDICTOR: u16 = 317;
pub(super) const EXTRA_SAMPLES: u16 = 338;
pub(super) const SUB_IFD: u16 = 330;
pub(super) const XMP: u16 = 700;
pub(super) const PHOTOSHOP: u16 = 34377;
pub(super) const EXIF: u16 = 34665;
pub(super) const ICC: u16 = 34675;
pub(super) const GPS: u16 = 34853;
pub(super) const INTEROPERABILITY: u16 = 40965;
pub(super) const DNG_VERSION: u16 = 50706;
/// Content credentials (C2PA specification, "Embedding manifests into TIFF").
pub(super) const C2PA: u16 = 52545;
pub(super) const MAKER_NOTE: u16 = 37500;
pub(super) const IPTC: u16 = 33723;

/// Whether a tag's value is a block of bytes, whatever type a writer gave it (Photoshop writes IPTC as LONG).
pub(super) fn holds_bytes(tag: u16) -> bool {
    matches!(tag, IPTC | PHOTOSHOP | XMP | ICC)
}

/// Tags that belong together in a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Group {
    /// How the pixels lie in the file: written anew.
    Structure,
    Orientation,
    Icc,
    /// What the colours mean, where there is no profile.
    Colour,
    Resolution,
    Date,
    Camera,
    Exposure,
    MakerNote,
    Exif,
    Gps,
    Xmp,
    Iptc,
    Photoshop,
    Software,
    Artist,
    Copyright,
    Description,
    Place,
    /// Photoshop's layers: the unprotected photo.
    Layers,
    /// Directories with previews or further versions of the photo.
    SubImages,
    Credentials,
    Other,
}

impl Group {
    /// The group of a tag of the main directory or of the EXIF directory.
    pub(super) fn of(tag: u16) -> Self {
        match tag {
            254..=259
            | 262..=266
            | 273
            | 277..=281
            | 284
            | 288
            | 289
            | 297
            | PREDICTOR
            | 320..=325
            | EXTRA_SAMPLES..=341
            | 347
            | 512..=521
            | 529..=531 => Self::Structure,
            ORIENTATION => Self::Orientation,
            ICC => Self::Icc,
            290 | 291 | 301 | 318 | 319 | 532 | 40961 | 42240 => Self::Colour,
            282 | 283 | 296 => Self::Resolution,
            306 | 36867 | 36868 | 36880..=36882 | 37520..=37522 => Self::Date,
            271 | 272 | 42034..=42036 => Self::Camera,
            // Time, aperture, sensitivity, light, sensor, scene, processing, versions and sizes.
            33434
            | 33437
            | 34850
            | 34855
            | 34864..=34869
            | 36864
            | 37121
            | 37122
            | 37377..=37386
            | 37396
            | 40960
            | 40962
            | 40963
            | 41483
            | 41486..=41488
            | 41492
            | 41493
            | 41495
            | 41728..=41730
            | 41985..=41996 => Self::Exposure,
            MAKER_NOTE => Self::MakerNote,
            EXIF | INTEROPERABILITY => Self::Exif,
            GPS => Self::Gps,
            XMP => Self::Xmp,
            IPTC => Self::Iptc,
            PHOTOSHOP => Self::Photoshop,
            305 | 316 => Self::Software,
            315 => Self::Artist,
            33432 => Self::Copyright,
            269 | 270 | 285 | 37510 | 40091..=40095 => Self::Description,
            33550 | 33922 | 34264 | 34735..=34737 => Self::Place,
            37724 | 50255 => Self::Layers,
            SUB_IFD | 346 => Self::SubImages,
            C2PA => Self::Credentials,
            _ => Self::Other,
        }
    }

    /// The name for people.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Structure => "layout",
            Self::Orientation => "orientation",
            Self::Icc => "ICC profile",
            Self::Colour => "colour description",
            Self::Resolution => "resolution",
            Self::Date => "date and time",
            Self::Camera => "camera and lens",
            Self::Exposure => "exposure",
            Self::MakerNote => "maker note",
            Self::Exif => "EXIF",
            Self::Gps => "GPS",
            Self::Xmp => "XMP",
            Self::Iptc => "IPTC",
            Self::Photoshop => "Photoshop resources",
            Self::Software => "software",
            Self::Artist => "artist",
            Self::Copyright => "copyright",
            Self::Description => "description",
            Self::Place => "map position",
            Self::Layers => "Photoshop layers",
            Self::SubImages => "further directories",
            Self::Credentials => "content credentials (C2PA)",
            Self::Other => "other tags",
        }
    }

    /// Why tags of the group are left out, if they are.
    pub(super) fn removed(self, policy: MetadataPolicy) -> Option<&'static str> {
        match self {
            Self::Layers => return Some("held the layers of the unprotected photo"),
            Self::SubImages => return Some("held previews of the unprotected photo"),
            Self::Credentials => return Some("signed the unprotected photo"),
            _ => {}
        }
        let stays = match policy {
            MetadataPolicy::Keep => true,
            MetadataPolicy::Private => matches!(
                self,
                Self::Orientation
                    | Self::Icc
                    | Self::Colour
                    | Self::Resolution
                    | Self::Date
                    | Self::Camera
                    | Self::Exposure
            ),
            MetadataPolicy::Strip => matches!(self, Self::Orientation | Self::Icc | Self::Colour),
        };
        (!stays).then_some("left out as asked (metadata policy)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_names_nobody_and_no_place() {
        let private = MetadataPolicy::Private;
        // Artist, copyright, description, XMP, IPTC, Photoshop, GPS, owner, serial numbers, maker note, user comment.
        for tag in [
            315, 33432, 270, XMP, IPTC, PHOTOSHOP, GPS, 42032, 42033, 42037, 37500, 37510, 42016,
            316, 60_000,
        ] {
            assert!(Group::of(tag).removed(private).is_some(), "{tag}");
            assert!(
                Group::of(tag).removed(MetadataPolicy::Keep).is_none(),
                "{tag}"
            );
        }
        for tag in [ORIENTATION, ICC, 306, 271, 272, 282, 33434, 36867, 42036] {
            assert!(Group::of(tag).removed(private).is_none(), "{tag}");
        }
    }

    #[test]
    fn strip_keeps_what_shows_the_photo_right() {
        let kept = (0..=u16::MAX)
            .map(Group::of)
            .filter(|group| group.removed(MetadataPolicy::Strip).is_none());
        let kept: std::collections::BTreeSet<Group> = kept.collect();
        assert_eq!(kept, [Group::Orientation, Group::Icc, Group::Colour].into());
    }

    #[test]
    fn nothing_that_shows_the_photo_stays_under_any_policy() {
        for tag in [SUB_IFD, 37724, C2PA] {
            assert!(
                Group::of(tag).removed(MetadataPolicy::Keep).is_some(),
                "{tag}"
            );
        }
    }
}
