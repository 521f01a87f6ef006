//! Metadata that a platform's decoder hands over: the same policy as for files.

use super::metadata::exif;
use super::metadata::policy::{MARK, MARK_ADDED, Packets, Rules};
use super::metadata::verdict::Verdict;
use crate::error::Result;
use crate::options::ProtectOptions;
use crate::orientation::Orientation;
use crate::protector::Protector;
use crate::report::{MetadataAction, MetadataEntry};

/// The blocks of a photo that was decoded by a platform (HEIC and AVIF on phones), each as it stands in the file.
///
/// ```
/// let blocks = confounder::MetadataBlocks::new().xmp(b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>").upright(true);
/// ```
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct MetadataBlocks<'a> {
    /// EXIF: a TIFF block, with or without `Exif\0\0` before it.
    pub exif: Option<&'a [u8]>,
    /// An XMP packet.
    pub xmp: Option<&'a [u8]>,
    /// IPTC data sets (IIM), as Photoshop's resource 0x0404 holds them.
    pub iptc: Option<&'a [u8]>,
    /// The decoder turned the pixels upright, so that the orientation that is written must be 1. Default `false`.
    pub upright: bool,
}

impl<'a> MetadataBlocks<'a> {
    /// None.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets [`exif`](Self::exif).
    #[must_use]
    pub fn exif(mut self, block: &'a [u8]) -> Self {
        self.exif = Some(block);
        self
    }

    /// Sets [`xmp`](Self::xmp).
    #[must_use]
    pub fn xmp(mut self, packet: &'a [u8]) -> Self {
        self.xmp = Some(packet);
        self
    }

    /// Sets [`iptc`](Self::iptc).
    #[must_use]
    pub fn iptc(mut self, sets: &'a [u8]) -> Self {
        self.iptc = Some(sets);
        self
    }

    /// Sets [`upright`](Self::upright).
    #[must_use]
    pub fn upright(mut self, upright: bool) -> Self {
        self.upright = upright;
        self
    }
}

/// What is to be written beside the protected pixels.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct JudgedMetadata {
    /// The EXIF block from its TIFF header, without a prefix; `None`: write none.
    pub exif: Option<Vec<u8>>,
    /// The XMP packet, with the mark that the photo was protected where the policy keeps metadata.
    pub xmp: Option<Vec<u8>>,
    /// The IPTC data sets.
    pub iptc: Option<Vec<u8>>,
    /// How the pixels are to be turned to be shown: what the EXIF block said, or upright.
    pub orientation: Orientation,
    /// What became of each block, for the report.
    pub metadata: Vec<MetadataEntry>,
    /// What else the caller should know, in words.
    pub notes: Vec<String>,
}

impl Protector {
    /// Judges the metadata of a photo whose pixels are protected with
    /// [`protect_pixels_oriented`](Self::protect_pixels_oriented), by [`ProtectOptions::metadata`]: what stays, and what is
    /// reported. The same rules as for files: previews go under every policy.
    ///
    /// # Errors
    /// `ProtectedMetadata` where the packet links to signed content credentials, unless [`ProtectOptions::credentials`]
    /// says otherwise; `AlreadyProtected` for a photo that says so, unless [`ProtectOptions::repeat`] is set;
    /// `LimitExceeded` for more than [`Limits::max_metadata_bytes`](crate::Limits::max_metadata_bytes).
    pub fn judge_metadata(
        &self,
        blocks: &MetadataBlocks<'_>,
        options: &ProtectOptions,
    ) -> Result<JudgedMetadata> {
        let rules = Rules::new(options, Some(self.generator()));
        let all = [blocks.exif, blocks.xmp, blocks.iptc];
        rules.check_size(all.iter().flatten().map(|block| block.len()))?;
        let mut judged = JudgedMetadata {
            exif: None,
            xmp: None,
            iptc: None,
            orientation: Orientation::default(),
            metadata: Vec::new(),
            notes: Vec::new(),
        };
        if let Some(block) = blocks.exif {
            judged.exif(block, blocks.upright, &rules);
        }
        let mut packets = Packets::new(&rules, None);
        if let Some(packet) = blocks.xmp {
            let mut refusals = Vec::new();
            rules.check_mark(packet, &mut refusals);
            if let Some(refusal) = refusals.into_iter().next() {
                return Err(refusal);
            }
            let verdict = packets.judge(packet, usize::MAX);
            judged.xmp = judged.entry("XMP", packet, verdict);
        }
        if let Some(sets) = blocks.iptc {
            judged.iptc = judged.entry("IPTC", sets, rules.iptc(sets));
        }
        if let Some(packet) = packets.finish(&mut judged.notes) {
            let detail = Some(MARK_ADDED.to_owned());
            let added = MetadataAction::Added;
            let entry = MetadataEntry::new(MARK.to_owned(), 0, added, detail);
            judged.metadata.push(entry);
            judged.xmp = Some(packet);
        }
        Ok(judged)
    }
}

impl JudgedMetadata {
    fn exif(&mut self, block: &[u8], upright: bool, rules: &Rules) {
        let mut tiff = exif::body(block).to_vec();
        let turned = upright && exif::set_upright(&mut tiff);
        let stored = Orientation::from_exif(exif::orientation(&tiff).into());
        self.orientation = stored.unwrap_or_default();
        let verdict = match rules.exif(&tiff) {
            Verdict::Keep if turned => Verdict::Rewrite(tiff.clone(), "says upright now"),
            verdict => verdict,
        };
        self.exif = self.entry("EXIF", &tiff, verdict);
    }

    /// Adds a block to the report, and gives what stays of it.
    fn entry(&mut self, name: &str, block: &[u8], verdict: Verdict) -> Option<Vec<u8>> {
        let (action, detail, kept) = match verdict {
            Verdict::Keep => (MetadataAction::Kept, None, Some(block.to_vec())),
            Verdict::Rewrite(rest, what) => (MetadataAction::Rewritten, Some(what), Some(rest)),
            Verdict::Remove(why) => (MetadataAction::Removed, Some(why), None),
        };
        let (name, bytes) = (name.to_owned(), block.len() as u64);
        let detail = detail.map(str::to_owned);
        self.metadata
            .push(MetadataEntry::new(name, bytes, action, detail));
        kept
    }
}

#[cfg(all(test, feature = "bundled-generator"))]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::options::{MetadataPolicy, ProtectorOptions};

    /// Orientation 6 and a maker, in IFD0.
    const EXIF: &[u8] = b"Exif\0\0II*\0\x08\0\0\0\x02\0\x0F\x01\x02\0\x04\0\0\0Cam\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    const IPTC: &[u8] = b"\x1C\x02\x69\0\x03Cat\x1C\x02\xCA\0\x04JPEG";

    fn judged(policy: MetadataPolicy, upright: bool) -> JudgedMetadata {
        let protector = Protector::bundled(ProtectorOptions::new()).unwrap();
        let blocks = MetadataBlocks::new().exif(EXIF).iptc(IPTC).upright(upright);
        let options = ProtectOptions::new().metadata(policy);
        protector.judge_metadata(&blocks, &options).unwrap()
    }

    #[test]
    fn blocks_are_judged_by_the_policy() {
        let kept = judged(MetadataPolicy::Keep, false);
        assert_eq!(kept.exif.as_deref(), Some(&EXIF[6..]));
        assert_eq!(kept.iptc.as_deref(), Some(&IPTC[..8]));
        assert_eq!(kept.orientation, Orientation::Rotate90);
        assert!(kept.xmp.is_some(), "the mark");
        let actions: Vec<_> = kept.metadata.iter().map(|entry| entry.action).collect();
        use MetadataAction::{Added, Kept, Rewritten};
        assert_eq!(actions, [Kept, Rewritten, Added]);

        let private = judged(MetadataPolicy::Private, false);
        assert_eq!(exif::orientation(private.exif.as_ref().unwrap()), 6);
        assert!(private.iptc.is_none() && private.xmp.is_none());
        let strip = judged(MetadataPolicy::Strip, true);
        assert!(
            strip.exif.is_none(),
            "upright: nothing is needed to show it"
        );
    }

    #[test]
    fn turned_pixels_are_upright() {
        let turned = judged(MetadataPolicy::Keep, true);
        assert_eq!(turned.orientation, Orientation::default());
        assert_eq!(exif::orientation(&turned.exif.unwrap()), 1);
    }
}
