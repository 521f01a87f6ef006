//! What a caller's choices mean for each kind of metadata, whatever the file format.

use super::exif_subset::{Extent, subset};
use super::iptc::{self, Cut};
use super::marker::{self, Marker};
use super::verdict::{NOT_KEPT, Verdict};
use super::xmp::{self, GainMap, Scope};
use super::{embedded, exif, icc, photoshop, text};
use crate::codec::gray;
use crate::codec::photo::Fate;
use crate::error::{Error, ErrorKind, Result};
use crate::generator::Generator;
use crate::options::{Credentials, MetadataPolicy, ProtectOptions};

/// Longest block of unknown contents that stays, in bytes. No picture worth the name is shorter.
const LONGEST_UNKNOWN: usize = 256;

/// The caller's choices, and what they need to know of the generator.
pub(in crate::codec) struct Rules {
    pub(in crate::codec) policy: MetadataPolicy,
    credentials: Credentials,
    repeat: bool,
    pub(in crate::codec) max_metadata_bytes: u64,
    /// The generator changes no luma, so a gain map of luma shows nothing that the protected photo does not.
    luma_stays: bool,
    /// A gray photo is to be written in colour.
    pub(in crate::codec) tint_gray: bool,
    /// The mark to put into the photo.
    marker: Option<Marker>,
}

impl Rules {
    /// The rules for protecting with `generator`; without one for looking only, as if it changed chroma only.
    pub(in crate::codec) fn new(options: &ProtectOptions, generator: Option<&Generator>) -> Self {
        let marks = options.metadata == MetadataPolicy::Keep;
        let marker = match generator {
            Some(generator) => Marker::new(generator, options.strength),
            None => (options.strength.get() > 0.0).then(Marker::stand_in),
        };
        Self {
            policy: options.metadata,
            credentials: options.credentials,
            repeat: options.repeat,
            max_metadata_bytes: options.limits.max_metadata_bytes,
            tint_gray: generator.is_some_and(|generator| gray::tint(generator, options)),
            luma_stays: generator.is_none_or(Generator::chroma),
            marker: if marks { marker } else { None },
        }
    }

    /// Whether everything stays that does not show the unprotected photo.
    pub(in crate::codec) fn keeps_all(&self) -> bool {
        self.policy == MetadataPolicy::Keep
    }

    /// Why a gain map of so many components cannot stay; `None` where it can.
    pub(in crate::codec) fn against_gain_map(&self, components: u8) -> Option<&'static str> {
        if self.policy == MetadataPolicy::Strip {
            Some(NOT_KEPT)
        } else if !self.luma_stays {
            Some(
                "the generator changes luma, so the gain map would show how the unprotected photo looked",
            )
        } else if components != 1 {
            Some("a gain map in colour would show the colours of the unprotected photo")
        } else {
            None
        }
    }

    /// Checks the bytes of all metadata together.
    ///
    /// # Errors
    /// [`ErrorKind::LimitExceeded`] beyond [`Limits::max_metadata_bytes`](crate::Limits::max_metadata_bytes).
    pub(in crate::codec) fn check_size(&self, sizes: impl Iterator<Item = usize>) -> Result<()> {
        let total: u64 = sizes.map(|size| size as u64).sum();
        if total <= self.max_metadata_bytes {
            return Ok(());
        }
        let limit = self.max_metadata_bytes;
        let message = format!(
            "the photo has {total} bytes of metadata, more than the limit of {limit} (Limits::max_metadata_bytes); raise \
             the limit, or remove metadata first"
        );
        Err(Error::new(ErrorKind::LimitExceeded, message))
    }

    /// Judges an EXIF block, given from its TIFF header.
    pub(in crate::codec) fn exif(&self, tiff: &[u8]) -> Verdict {
        let extent = match self.policy {
            MetadataPolicy::Keep if !exif::is_readable(tiff) => {
                return Verdict::Remove(
                    "it cannot be read, and may be the rest of a preview of the unprotected photo",
                );
            }
            MetadataPolicy::Keep => {
                let mut tiff = tiff.to_vec();
                return if exif::strip_previews(&mut tiff) {
                    Verdict::Rewrite(tiff, "previews of the unprotected photo removed")
                } else {
                    Verdict::Keep
                };
            }
            MetadataPolicy::Private => Extent::Sharing,
            MetadataPolicy::Strip => Extent::Showing,
        };
        match (subset(tiff, extent), extent) {
            (Some(block), Extent::Sharing) => Verdict::Rewrite(
                block,
                "reduced to orientation, time, camera, lens, exposure and colour; place, names, serial numbers, maker's \
                 notes and previews removed",
            ),
            (Some(block), Extent::Showing) => {
                Verdict::Rewrite(block, "reduced to what is needed to show the photo right")
            }
            (None, _) => Verdict::Remove("held nothing that this metadata policy keeps"),
        }
    }

    /// Judges IPTC data sets (IIM).
    pub(in crate::codec) fn iptc(&self, sets: &[u8]) -> Verdict {
        if !self.keeps_all() {
            return Verdict::Remove(NOT_KEPT);
        }
        match iptc::without_pictures(sets) {
            Cut::Nothing => self.other(sets),
            Cut::Pictures(rest) => Verdict::Rewrite(rest, "previews removed"),
            Cut::Unreadable => {
                Verdict::Remove("could not be read, so that pictures in it could not be found")
            }
        }
    }

    /// Judges a block of no known structure: kept, but for JPEG streams in it, or removed.
    pub(in crate::codec) fn other(&self, block: &[u8]) -> Verdict {
        if !self.keeps_all() {
            return Verdict::Remove(NOT_KEPT);
        }
        if text::hides_picture(block) {
            return Verdict::Remove("held an encoded picture that may show the unprotected photo");
        }
        let mut blanked = block.to_vec();
        if !embedded::blank_pictures(&mut blanked) {
            return Verdict::Keep;
        }
        Verdict::Rewrite(blanked, "an embedded picture was blanked")
    }

    /// Judges a block of which nobody knows what it holds. One that is neither text nor too short for a picture cannot be
    /// read through: it may be a preview, or the rest of one.
    pub(in crate::codec) fn unknown(&self, block: &[u8]) -> Verdict {
        if self.keeps_all() && !text::is_text(block) && block.len() > LONGEST_UNKNOWN {
            return Verdict::Remove(
                "nobody knows what it holds, and it may show the unprotected photo",
            );
        }
        self.other(block)
    }

    /// Judges Photoshop's resource blocks.
    pub(in crate::codec) fn photoshop(&self, blocks: &[u8]) -> Verdict {
        if self.keeps_all() {
            photoshop::judge(blocks)
        } else {
            Verdict::Remove(NOT_KEPT)
        }
    }

    /// Judges a colour profile: it stays, but for the serial number of the monitor under the policies for sharing.
    pub(in crate::codec) fn profile(&self, profile: &[u8]) -> Verdict {
        let mut profile = profile.to_vec();
        if !self.keeps_all() && icc::blank_monitor(&mut profile) {
            return Verdict::Rewrite(profile, "the monitor's serial number was removed");
        }
        Verdict::Keep
    }

    /// What becomes of signed content credentials, and the refusal where they are not to be removed.
    pub(in crate::codec) fn credentials(&self, refusals: &mut Vec<Error>) -> (String, Fate) {
        if self.credentials == Credentials::Refuse && !holds(refusals, ErrorKind::ProtectedMetadata)
        {
            refusals.push(Error::new(
                ErrorKind::ProtectedMetadata,
                "the photo carries signed content credentials (C2PA), which any change of its pixels makes invalid; ask \
                 for their removal (Credentials::Remove), or protect a copy without them",
            ));
        }
        (
            "content credentials (C2PA)".to_owned(),
            Fate::Remove(
                "the signature is one of the unprotected pixels and would no longer be valid",
            ),
        )
    }

    /// The refusals that a packet gives cause for: the photo says that it was protected before, unless that is to be
    /// repeated; it links to signed content credentials, unless they are to be removed.
    pub(in crate::codec) fn check_mark(&self, packet: &[u8], refusals: &mut Vec<Error>) {
        if self.credentials == Credentials::Refuse && xmp::links_credentials(packet) {
            // The link is cut with the credentials' other traces where their removal was asked for.
            self.credentials(refusals);
        }
        if self.repeat || holds(refusals, ErrorKind::AlreadyProtected) {
            return;
        }
        let found = marker::find(packet);
        refusals.extend(found.map(|by| {
            let message = format!(
                "the photo says that it was protected before, by generator {by}; protect the original instead, or ask for \
                 it once more (ProtectOptions::repeat)"
            );
            Error::new(ErrorKind::AlreadyProtected, message)
        }));
    }
}

fn holds(refusals: &[Error], kind: ErrorKind) -> bool {
    refusals.iter().any(|refusal| refusal.kind() == kind)
}

/// Judges the XMP packets of one file, and sees to it that the mark goes into one of them.
pub(in crate::codec) struct Packets<'a> {
    rules: &'a Rules,
    gain_map: Option<GainMap>,
    extended: bool,
    marked: bool,
    kept: bool,
}

impl<'a> Packets<'a> {
    /// `gain_map`: what the packets are to say of a gain map that stays.
    pub(in crate::codec) fn new(rules: &'a Rules, gain_map: Option<GainMap>) -> Self {
        Self {
            rules,
            gain_map,
            extended: false,
            marked: gain_map == Some(GainMap::Itself),
            kept: false,
        }
    }

    /// Says that the packets' extension stays.
    pub(in crate::codec) fn with_extension(mut self, stays: bool) -> Self {
        self.extended = stays;
        self
    }

    /// Judges a packet. `room`: the longest that a rewritten one may be, in bytes.
    pub(in crate::codec) fn judge(&mut self, packet: &[u8], room: usize) -> Verdict {
        let mut scope = Scope {
            gain_map_only: !self.rules.keeps_all(),
            gain_map: self.gain_map,
            extended: self.extended,
            unsigned: self.rules.credentials == Credentials::Remove,
            marker: self.rules.marker.as_ref().filter(|_| !self.marked),
        };
        let mut verdict = xmp::fitted(xmp::judge(packet, scope), room);
        if matches!(verdict, Verdict::Remove(_)) && scope.marker.take().is_some() {
            verdict = xmp::fitted(xmp::judge(packet, scope), room);
        }
        self.kept |= !matches!(verdict, Verdict::Remove(_));
        self.marked |= matches!(&verdict, Verdict::Rewrite(packet, _) if scope.marker.is_some() && marker::find(packet).is_some());
        verdict
    }

    /// What is still to be written once every packet was judged: a packet of its own for the mark; or a note that there
    /// was no place for it.
    pub(in crate::codec) fn finish(self, notes: &mut Vec<String>) -> Option<Vec<u8>> {
        let marker = self.rules.marker.as_ref().filter(|_| !self.marked)?;
        if self.kept {
            notes
                .push("the mark that the photo was protected found no place in its XMP".to_owned());
            return None;
        }
        Some(marker.packet())
    }
}

/// What the report calls the packet that [`Packets::finish`] gives.
pub(in crate::codec) const MARK: &str = "XMP";

/// Why it was added.
pub(in crate::codec) const MARK_ADDED: &str = "the mark that the photo was protected";
