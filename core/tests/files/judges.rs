//! What other programs say of protected photos: exiftool and ImageMagick over real photos, under every metadata policy.
//!
//! Without the programs or the photos the tests say so and pass; in continuous integration (`CI=true`) the programs must
//! be there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use confounder::{
    ErrorKind, MetadataAction, MetadataPolicy, ProtectOptions, Protected, Protector,
    ProtectorOptions,
};

use crate::programs::{exiftool, has};
use crate::shared;

const POLICIES: [MetadataPolicy; 3] = [
    MetadataPolicy::Keep,
    MetadataPolicy::Private,
    MetadataPolicy::Strip,
];

/// Inputs and outputs of one policy, side by side in two folders under the same names.
struct Pairs {
    folder: PathBuf,
    reports: BTreeMap<String, Protected>,
}

impl Pairs {
    /// All photos under a policy; made once.
    fn of(policy: MetadataPolicy) -> &'static Self {
        static PAIRS: [OnceLock<Pairs>; 3] = [const { OnceLock::new() }; 3];
        let index = POLICIES.iter().position(|&other| other == policy).unwrap();
        PAIRS[index].get_or_init(|| Self::make(policy))
    }

    fn make(policy: MetadataPolicy) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("judges/{policy:?}"));
        let _ = std::fs::remove_dir_all(&folder);
        for side in ["in", "out"] {
            std::fs::create_dir_all(folder.join(side)).unwrap();
        }
        let protector = Protector::bundled(ProtectorOptions::new()).unwrap();
        let options = ProtectOptions::new().metadata(policy).tint_gray(true);
        let mut reports = BTreeMap::new();
        for photo in shared::photos() {
            let input = std::fs::read(&photo).unwrap();
            let name = photo.file_name().unwrap().to_string_lossy().into_owned();
            match protector.protect_bytes(&input, &options) {
                Ok(protected) => {
                    std::fs::write(folder.join("in").join(&name), &input).unwrap();
                    std::fs::write(folder.join("out").join(&name), &protected.bytes).unwrap();
                    reports.insert(name, protected);
                }
                Err(error) => assert!(
                    matches!(
                        error.kind(),
                        ErrorKind::UnsupportedFormat | ErrorKind::Decode | ErrorKind::LimitExceeded
                    ),
                    "{name}: {error}"
                ),
            }
        }
        Self { folder, reports }
    }

    fn side(&self, side: &str) -> PathBuf {
        self.folder.join(side)
    }
}

fn tags_of<'a>(
    file: &'a BTreeMap<String, String>,
    wanted: impl Fn(&str) -> bool + 'a,
) -> BTreeMap<&'a str, &'a str> {
    let wanted =
        move |(tag, _): &(&String, &String)| wanted(tag.rsplit(':').next().unwrap_or_default());
    file.iter()
        .filter(wanted)
        .map(|(tag, value)| (tag.as_str(), value.as_str()))
        .collect()
}

const PICTURES: [&str; 10] = [
    "ThumbnailImage",
    "PreviewImage",
    "JpgFromRaw",
    "OtherImage",
    "ThumbnailTIFF",
    "PhotoshopThumbnail",
    "EmbeddedVideoFile",
    "MotionPhotoVideo",
    "DepthMapImage",
    "OriginalImage",
];

fn is_picture(tag: &str) -> bool {
    PICTURES.contains(&tag)
}

/// Tags that say who, where or which device.
fn tells_who(tag: &str) -> bool {
    let exact = [
        "Artist",
        "Copyright",
        "By-line",
        "Creator",
        "Rights",
        "UserComment",
        "ImageDescription",
        "ImageUniqueID",
        "HostComputer",
        "Photographer",
        "Comment",
        "XPAuthor",
        "XPComment",
    ];
    let within = ["SerialNumber", "OwnerName", "MakerNote", "PhotoIdentifier"];
    tag.starts_with("GPS") || exact.contains(&tag) || within.iter().any(|word| tag.contains(word))
}

#[test]
fn exiftool_agrees() {
    if !has("exiftool", "-ver") {
        return;
    }
    for policy in POLICIES {
        let pairs = Pairs::of(policy);
        if pairs.reports.is_empty() {
            return;
        }
        assert!(
            pairs.reports.len() >= 30,
            "{} photos were protected",
            pairs.reports.len()
        );
        let (before, after) = (
            exiftool(&pairs.side("in"), &[]),
            exiftool(&pairs.side("out"), &[]),
        );
        let before_with = |wanted: fn(&str) -> bool| {
            before
                .values()
                .filter(|file| !tags_of(file, wanted).is_empty())
                .count()
        };
        assert!(
            before_with(is_picture) >= 10 && before_with(tells_who) >= 10,
            "the set itself"
        );
        let mut problems = Vec::new();
        for name in pairs.reports.keys() {
            compare(name, policy, &before[name], &after[name], &mut problems);
        }
        assert!(problems.is_empty(), "{policy:?}:\n{}", problems.join("\n"));
        warnings_are_old(pairs, policy);
    }
}

fn compare(
    name: &str,
    policy: MetadataPolicy,
    before: &BTreeMap<String, String>,
    after: &BTreeMap<String, String>,
    problems: &mut Vec<String>,
) {
    for tag in [
        "File:ImageWidth",
        "File:ImageHeight",
        "PNG:ImageWidth",
        "PNG:ImageHeight",
        "RIFF:ImageWidth",
    ] {
        // A lossy WebP becomes a lossless one, which exiftool files under another tag of the same name.
        if before.get(tag) != after.get(tag) {
            problems.push(format!(
                "{name}: {tag} {:?} -> {:?}",
                before.get(tag),
                after.get(tag)
            ));
        }
    }
    let upright = |file: &BTreeMap<String, String>| {
        file.get("IFD0:Orientation")
            .filter(|text| text.contains("otate") || text.contains("irror"))
            .cloned()
    };
    if upright(before) != upright(after) {
        problems.push(format!(
            "{name}: orientation {:?} -> {:?}",
            upright(before),
            upright(after)
        ));
    }
    for (tag, _) in tags_of(after, is_picture) {
        problems.push(format!("{name}: still has {tag}"));
    }
    if policy != MetadataPolicy::Keep {
        for (tag, value) in tags_of(after, tells_who) {
            problems.push(format!("{name}: still says {tag} = {value}"));
        }
    }
    if policy != MetadataPolicy::Strip {
        for (tag, value) in before.iter().filter(|(tag, _)| is_date(tag)) {
            if after.get(tag) != Some(value) {
                problems.push(format!("{name}: {tag} {value} -> {:?}", after.get(tag)));
            }
        }
    }
}

/// A time in the EXIF directories that a camera writes.
fn is_date(tag: &str) -> bool {
    let times = [
        "DateTimeOriginal",
        "CreateDate",
        "ModifyDate",
        "OffsetTime",
        "SubSecTime",
    ];
    ["IFD0:", "ExifIFD:"].iter().any(|group| {
        tag.strip_prefix(group)
            .is_some_and(|tag| times.iter().any(|time| tag.starts_with(time)))
    })
}

/// `exiftool -validate` complains of nothing in an output that it did not complain of in the input.
fn warnings_are_old(pairs: &Pairs, policy: MetadataPolicy) {
    let arguments = ["-validate", "-warning", "-error"];
    let (before, after) = (
        exiftool(&pairs.side("in"), &arguments),
        exiftool(&pairs.side("out"), &arguments),
    );
    let mut problems = Vec::new();
    for name in pairs.reports.keys() {
        let texts = |file: &BTreeMap<String, String>| -> BTreeSet<String> {
            let complaints = file
                .iter()
                .filter(|(tag, _)| tag.contains("Warning") || tag.contains("Error"));
            complaints.map(|(_, text)| text.clone()).collect()
        };
        let old = texts(&before[name]);
        let new = texts(&after[name]);
        // Values at odd offsets are what the TIFF writer gives; every reader takes them.
        let fresh = new
            .difference(&old)
            .filter(|text| !text.contains("[minor] Odd offset"));
        problems.extend(fresh.map(|text| format!("{name}: {text}")));
    }
    assert!(problems.is_empty(), "{policy:?}:\n{}", problems.join("\n"));
}

#[test]
fn colour_profiles_stay_byte_for_byte() {
    if !has("exiftool", "-ver") {
        return;
    }
    for policy in POLICIES {
        let pairs = Pairs::of(policy);
        let profile = ["-b", "-ICC_Profile"];
        let (before, after) = (
            exiftool(&pairs.side("in"), &profile),
            exiftool(&pairs.side("out"), &profile),
        );
        let mut seen = 0;
        for (name, protected) in &pairs.reports {
            let profile = |side: &BTreeMap<String, BTreeMap<String, String>>| {
                let tags = side
                    .get(name)?
                    .iter()
                    .find(|(tag, _)| tag.ends_with("ICC_Profile"))?;
                Some(tags.1.clone())
            };
            let gray = protected.report.metadata.iter().any(|entry| {
                entry.name == "ICC profile" && entry.action == MetadataAction::Removed
            });
            if !gray {
                assert_eq!(profile(&before), profile(&after), "{name}");
                seen += usize::from(profile(&before).is_some());
            }
        }
        assert!(
            pairs.reports.is_empty() || seen >= 8,
            "only {seen} photos had a profile"
        );
    }
}

#[test]
fn imagemagick_agrees() {
    if !has("identify", "-version") {
        return;
    }
    for policy in POLICIES {
        let pairs = Pairs::of(policy);
        for name in pairs.reports.keys() {
            let (before, after) = (
                identify(&pairs.side("in").join(name)),
                identify(&pairs.side("out").join(name)),
            );
            assert_eq!(before, after, "{name} under {policy:?}");
        }
    }
}

/// Format, size and orientation; a photo without an orientation is upright.
fn identify(photo: &Path) -> String {
    let run = Command::new("identify")
        .args(["-format", "%m %w %h %[orientation]"])
        .arg(photo)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(!said.is_empty(), "{}", String::from_utf8_lossy(&run.stderr));
    said.replace("Undefined", "TopLeft")
}
