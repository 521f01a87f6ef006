//! Where cells run: the data, the scale, and the folder that keeps results.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::{
    Cell, CellResult, Change, Keep, Mix, Part, Scale,
    cell::key,
    change,
    gradients::{IMAGES, Prober},
    sets::Sets,
};
use crate::{
    data::{self, Dataset, Spec, Splits},
    error::{Error, Result},
    files::{held, read_json, write_json, write_whole},
    progress::Mode,
    runtime,
    systems::{Ground, Protection, System},
    train::into_kinds,
    train::{
        ClassifierJob, DenoiserJob, DenoiserRecipe, Observer, denoise, network, train_classifier,
        train_denoiser,
    },
};

/// Data, scale, and the folder for results.
pub struct Bench {
    /// The scale.
    pub scale: Scale,
    /// Name of the data set in reports.
    pub data: String,
    /// The images that are protected.
    pub images: Dataset,
    /// Other images, for generators that never see those.
    pub others: Dataset,
    /// Clean test images.
    pub test: Dataset,
    /// Those of the held part: the others and the test images.
    pub(super) held: Dataset,
    /// Those of the scale's unseen classes.
    pub(super) unseen: Splits,
    pub(super) cells: PathBuf,
    data_sha256: [String; 2],
    unseen_sha256: [String; 2],
}

/// What is kept of a protection beside its images.
#[derive(Serialize, Deserialize)]
struct Kept {
    psnr_db: Option<f64>,
    preparation_seconds: f64,
    protection_seconds: f64,
    notes: serde_json::Value,
}

impl Bench {
    /// Reads the data at `path` and shares it out.
    ///
    /// # Errors
    /// [`Error::Data`] for damaged data, [`Error::Recipe`] where the scale wants more images than there are.
    pub fn open(scale: Scale, path: &Path, cells: &Path) -> Result<Self> {
        let spec = Spec {
            side: scale.side,
            ..Spec::default()
        };
        let splits = match &scale.sources[..] {
            [] => data::open(path, &spec)?,
            sources => data::mix(path, sources, &spec, scale.seed, into_kinds)?,
        };
        let train = splits.train.shuffled(scale.seed)?;
        let others = scale.others.min(train.len() / 2);
        let rest = train.len() - others;
        let images = match scale.images {
            0 => rest,
            n => n.min(rest),
        };
        if images < scale.images || others < scale.others {
            log::warn!(
                "{} has {} images: {images} and {others} others take part, not {} and {}, as the scale asks",
                splits.train.name,
                train.len(),
                scale.images,
                scale.others
            );
        }
        let others = train.range(train.len() - others..train.len())?;
        let held = others.joined(&splits.test)?;
        let unseen = Splits {
            train: train.of_classes(scale.photos.unseen_classes())?,
            test: splits.test.of_classes(scale.photos.unseen_classes())?,
        };
        Ok(Self {
            held,
            data: splits.train.name.trim_end_matches(" train").to_owned(),
            images: train.range(0..images)?,
            others,
            data_sha256: [train.sha256(), splits.test.sha256()],
            unseen_sha256: [unseen.train.sha256(), unseen.test.sha256()],
            test: splits.test,
            unseen,
            cells: cells.to_owned(),
            scale,
        })
    }

    /// A finished cell; `None` where it was not run yet.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Data`] for a damaged file.
    pub fn finished(&self, cell: &Cell) -> Result<Option<CellResult>> {
        read_json(&self.path(&self.key(cell), "json"), "run the cell again")
    }

    /// A cell's result, from its file or by running it.
    ///
    /// # Errors
    /// [`Error::Interrupted`] after Ctrl-C, with checkpoints written.
    pub fn result(&self, cell: &Cell, title: &str, mode: Mode) -> Result<CellResult> {
        if let Some(result) = self.finished(cell)? {
            return Ok(result);
        }
        let key = self.key(cell);
        let sets = self.sets(cell.part);
        let protection = self.protection_of(cell.part, &cell.system, mode)?;
        let mixed = self.mixed(cell.mix, sets.images, &protection.data)?;
        let changed = match &cell.change {
            Change::Denoised(recipe) => self.denoised(&cell.system, recipe, &mixed, mode)?,
            change => change::plain(change, mixed)?,
        };
        let learned = self.seen(changed)?;
        let test = self.seen(cell.change.of_test(sets.test))?;
        let seed = self.scale.seed + cell.repeat;
        let started = Instant::now();
        let net = network(&cell.victim, learned.classes.len());
        let prober = match cell.gradients {
            true => {
                let first = |data: &Dataset| self.seen(data.range(0..data.len().min(IMAGES))?);
                let [clean, protected] = [first(sets.images)?, first(&protection.data)?];
                Some(Prober::new(&net, &clean, &protected)?)
            }
            false => None,
        };
        let observe = prober.as_ref().map(|p| move |state: &_| p.observe(state));
        let checkpoint = self.path(&key, "checkpoint");
        if prober.is_some() {
            // Gradients are taken while it trains, so that it is trained in one go.
            let _ = fs::remove_file(&checkpoint);
        }
        let trained = train_classifier(&ClassifierJob {
            recipe: &cell.victim,
            seed,
            train: &learned,
            test: &test,
            peak_images: self.scale.peak_images,
            checkpoint: &checkpoint,
            fingerprint: key.clone(),
            title: title.to_owned(),
            mode,
            observer: observe.as_ref().map(|o| o as &Observer<'_>),
        })?;
        let result = CellResult {
            cell: cell.clone(),
            seed,
            data_sha256: self.data_of(cell.part).clone(),
            last: trained.last(),
            peak: trained.peak(),
            train: trained.epochs.last().map_or(0.0, |e| e.train_accuracy),
            psnr_db: protection.psnr_db,
            epochs: trained.epochs,
            probes: prober.map(Prober::into_probes).unwrap_or_default(),
            device: runtime::device().to_string(),
            victim_seconds: started.elapsed().as_secs_f64(),
            preparation_seconds: protection.preparation_seconds,
            protection_seconds: protection.protection_seconds,
            notes: protection.notes,
        };
        write_json(&self.path(&key, "json"), &result)?;
        let _ = fs::remove_file(&checkpoint);
        Ok(result)
    }

    /// The protected images, from their file or by protecting them.
    ///
    /// # Errors
    /// As [`System::protect`].
    pub fn protection(&self, system: &System, mode: Mode) -> Result<Protection> {
        self.protection_of(Part::First, system, mode)
    }

    fn protection_of(&self, part: Part, system: &System, mode: Mode) -> Result<Protection> {
        let sets = self.sets(part);
        let key = match part {
            Part::First => self.system_key(system, ""),
            Part::Held => self.system_key(system, "held"),
            Part::Unseen => self.system_key(system, &self.data_of(part).join(" ")),
        };
        let (pixels, about) = self.files_of(&key);
        let _held = held(&pixels)?;
        if let Some(kept) = self.kept(&key, sets.images) {
            return Ok(kept);
        }
        let made = system.protect(&self.ground(sets, None, mode))?;
        let kept = Kept {
            psnr_db: made.psnr_db,
            preparation_seconds: made.preparation_seconds,
            protection_seconds: made.protection_seconds,
            notes: made.notes.clone(),
        };
        write_whole(&pixels, &made.data.images)?;
        write_json(&about, &kept)?;
        Ok(made)
    }

    /// The protected images, where they were protected before.
    pub(super) fn protected(&self, system: &System) -> Option<Protection> {
        self.kept(&self.system_key(system, ""), &self.images)
    }

    fn kept(&self, key: &str, images: &Dataset) -> Option<Protection> {
        let (pixels, about) = self.files_of(key);
        let (pixels, about) = (fs::read(pixels).ok()?, fs::read(about).ok()?);
        let kept: Kept = serde_json::from_slice(&about).ok()?;
        (pixels.len() == images.images.len()).then(|| Protection {
            data: Dataset {
                images: pixels,
                ..images.clone()
            },
            psnr_db: kept.psnr_db,
            preparation_seconds: kept.preparation_seconds,
            protection_seconds: kept.protection_seconds,
            notes: kept.notes,
        })
    }

    /// The files of protected images, and of what is kept beside them.
    fn files_of(&self, key: &str) -> (PathBuf, PathBuf) {
        (self.path(key, "pixels"), self.path(key, "system.json"))
    }

    pub(super) fn ground<'a>(
        &'a self,
        sets: Sets<'a>,
        apply_to: Option<&'a Dataset>,
        mode: Mode,
    ) -> Ground<'a> {
        Ground {
            images: sets.images,
            apply_to,
            others: sets.others,
            test: sets.test,
            seed: self.scale.seed,
            folder: &self.cells,
            mode,
        }
    }

    /// Images as victims see them.
    fn seen(&self, data: Dataset) -> Result<Dataset> {
        match self.scale.view {
            0 => Ok(data),
            side => data.resized(side, side),
        }
    }

    /// The images that a victim learns from.
    fn mixed(&self, mix: Mix, images: &Dataset, protected: &Dataset) -> Result<Dataset> {
        if mix == Mix::WHOLE {
            return Ok(protected.clone());
        }
        let n = images.len();
        let mut order: Vec<usize> = (0..n).collect();
        order.shuffle(&mut ChaCha8Rng::seed_from_u64(
            self.scale.seed ^ 0x6d69_7800,
        ));
        let (chosen, clean) = order.split_at((mix.share * n as f64).round() as usize);
        if mix.keep == Keep::Clean {
            let mut clean = clean.to_vec();
            clean.sort_unstable();
            return images.subset(&clean);
        }
        let mut mixed = images.clone();
        let samples = mixed.samples();
        for &i in chosen {
            mixed.images[i * samples..][..samples].copy_from_slice(protected.image(i));
        }
        Ok(mixed)
    }

    /// What an attacker who has the generator, and other images of his own, makes of the protected ones.
    fn denoised(
        &self,
        system: &System,
        recipe: &DenoiserRecipe,
        protected: &Dataset,
        mode: Mode,
    ) -> Result<Dataset> {
        let own = self
            .others
            .range(0..self.others.len().min(self.images.len()))?;
        let pairs = system.protect(&self.ground(self.sets(Part::First), Some(&own), mode))?;
        let text = serde_json::to_string(recipe).map_err(|e| Error::Recipe(e.to_string()))?;
        let key = self.system_key(system, &text);
        let checkpoint = self.path(&key, "checkpoint");
        let _held = held(&checkpoint)?;
        let state = train_denoiser(&DenoiserJob {
            recipe,
            seed: self.scale.seed,
            protected: &pairs.data,
            clean: &own,
            checkpoint: &checkpoint,
            fingerprint: key.clone(),
            mode,
        })?;
        denoise(recipe, &state, protected)
    }

    fn key(&self, cell: &Cell) -> String {
        let text = serde_json::to_string(cell).unwrap_or_default();
        let mut peak = self.scale.peak_images.to_string();
        if self.scale.view > 0 {
            peak += &format!(" seen at {}", self.scale.view);
        }
        if cell.part == Part::Unseen {
            peak += &format!(" of {}", self.data_of(cell.part).join(" "));
        }
        self.hash(&[&text, &peak])
    }

    /// Hash of the training and test images that a part is taken from.
    fn data_of(&self, part: Part) -> &[String; 2] {
        match part {
            Part::First | Part::Held => &self.data_sha256,
            Part::Unseen => &self.unseen_sha256,
        }
    }

    pub(super) fn system_key(&self, system: &System, more: &str) -> String {
        let text = serde_json::to_string(system).unwrap_or_default();
        self.hash(&[&text, more, "protection"])
    }

    fn hash(&self, parts: &[&str]) -> String {
        let numbers = format!(
            "{} {} {}",
            self.scale.seed,
            self.images.len(),
            self.others.len()
        );
        let [train, test] = &self.data_sha256;
        let mut all = vec![train.as_str(), test.as_str(), numbers.as_str()];
        all.extend(parts);
        key(&all)
    }

    pub(super) fn path(&self, key: &str, extension: &str) -> PathBuf {
        self.cells.join(format!("{key}.{extension}"))
    }
}
