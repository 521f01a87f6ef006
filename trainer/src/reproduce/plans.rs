//! Which cells an experiment has.

use super::{Cell, Change, Experiment, Keep, Mix, Part, Scale, photos};
use crate::{
    data::{Augment, Policy, Ueraser},
    error::Result,
    nets::Architecture,
    recipe::ClassifierRecipe,
};

/// A cell and its place in the table.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    /// Its row.
    pub row: String,
    /// Its column.
    pub column: String,
    /// The cell.
    pub cell: Cell,
}

/// The cells of an experiment, in the order in which they are run.
pub fn plan(experiment: Experiment, scale: &Scale) -> Result<Vec<Planned>> {
    let planner = Planner(scale);
    let once = match experiment {
        Experiment::Table1 => planner.table1(),
        Experiment::Table2 => planner.table2(),
        Experiment::Fig2 => planner.systems(&["clean", "cwp", "cwn"]),
        Experiment::Fig4 => planner.systems(&["clean", "emn", "ours", "ours-ood"]),
        Experiment::Fig5 => planner.fig5(),
        Experiment::Fig6 | Experiment::Cost => Ok(Vec::new()),
        Experiment::Gradients => planner.gradients(),
        Experiment::EarlyStopping => {
            planner.systems(&["clean", "emn", "emn-class", "ours", "ours-ood", "cwn"])
        }
        Experiment::Adaptive => planner.adaptive(),
        Experiment::Systems | Experiment::Personal => {
            let names: Vec<&str> = scale.systems.keys().map(String::as_str).collect();
            planner.systems(&names)
        }
        Experiment::Changes => planner.changes(),
        Experiment::Apbench => planner.apbench(),
        Experiment::Photos => return photos::plan(scale),
    }?;
    Ok(repeated(once, scale.repeats, |_| true))
}

/// The cells, then those that `wanted` holds for again with other seeds, `repeats` times in all.
pub(super) fn repeated(
    once: Vec<Planned>,
    repeats: u64,
    wanted: impl Fn(&Planned) -> bool,
) -> Vec<Planned> {
    let mut all = once.clone();
    for repeat in 1..repeats {
        for one in once.iter().filter(|one| wanted(one)) {
            let mut again = one.clone();
            again.cell.repeat = repeat;
            all.push(again);
        }
    }
    all
}

const MAIN: [&str; 3] = ["clean", "emn", "ours"];

struct Planner<'a>(&'a Scale);

impl Planner<'_> {
    /// A system on ResNet-18, all images protected.
    fn cell(&self, system: &str) -> Result<Cell> {
        Ok(Cell {
            system: self.0.system(system)?,
            part: Part::First,
            mix: Mix::WHOLE,
            change: Change::None,
            victim: self.0.victim(Architecture::Resnet18),
            gradients: false,
            repeat: 0,
        })
    }

    fn planned(&self, row: &str, column: &str, cell: Cell) -> Planned {
        Planned {
            row: row.into(),
            column: column.into(),
            cell,
        }
    }

    fn table1(&self) -> Result<Vec<Planned>> {
        let mut all = Vec::new();
        for net in Architecture::ALL {
            for system in MAIN {
                let mut cell = self.cell(system)?;
                cell.victim = self.0.victim(net);
                all.push(self.planned(net.name(), system, cell));
            }
        }
        Ok(all)
    }

    fn table2(&self) -> Result<Vec<Planned>> {
        let mut all = Vec::new();
        for (row, augment) in augmentations(self.0.seen_side()) {
            for system in MAIN {
                let mut cell = self.cell(system)?;
                cell.victim.augment = augment.clone();
                all.push(self.planned(row, system, cell));
            }
        }
        Ok(all)
    }

    fn systems(&self, names: &[&str]) -> Result<Vec<Planned>> {
        let one = |name: &&str| Ok(self.planned(name, "ResNet-18", self.cell(name)?));
        names.iter().map(one).collect()
    }

    fn fig5(&self) -> Result<Vec<Planned>> {
        let mut all = Vec::new();
        for &share in &self.0.shares {
            let column = format!("{:.0} %", 100.0 * share);
            let mut clean = self.cell("clean")?;
            clean.mix = Mix {
                share,
                keep: Keep::Clean,
            };
            let mut longer = clean.clone();
            longer.victim.epochs = clean.mix.as_long(clean.victim.epochs);
            all.push(self.planned("clean images only", &column, clean));
            all.push(self.planned("clean images only, as long", &column, longer));
            for system in ["emn", "emn-class", "ours", "ours-ood"] {
                let mut cell = self.cell(system)?;
                cell.mix.share = share;
                all.push(self.planned(system, &column, cell));
            }
        }
        Ok(all)
    }

    fn gradients(&self) -> Result<Vec<Planned>> {
        let one = |name: &&str| {
            let mut cell = self.cell(name)?;
            cell.gradients = true;
            Ok(self.planned(name, "ResNet-18", cell))
        };
        ["ours", "emn"].iter().map(one).collect()
    }

    fn adaptive(&self) -> Result<Vec<Planned>> {
        let mut all = self.systems(&["clean", "ours"])?;
        let mut cell = self.cell("ours")?;
        cell.change = Change::Denoised(self.0.denoiser.clone());
        all.push(self.planned("ours, denoised", "ResNet-18", cell));
        Ok(all)
    }

    fn apbench(&self) -> Result<Vec<Planned>> {
        let mut all = Vec::new();
        for row in ["clean", "emn", "lsp", "ops", "ours", "ours-ood"] {
            for (column, change, victim) in defenses(self.0) {
                let mut cell = self.cell(row)?;
                (cell.change, cell.victim) = (change, victim);
                all.push(self.planned(row, column, cell));
            }
        }
        Ok(all)
    }

    fn changes(&self) -> Result<Vec<Planned>> {
        let scaled = |factor| Change::Scale { factor };
        let halved = Change::Chain {
            steps: vec![scaled(0.5), scaled(2.0)],
        };
        let changes = [
            ("JPEG 90", Change::Jpeg { quality: 90 }),
            ("JPEG 75", Change::Jpeg { quality: 75 }),
            ("JPEG 50", Change::Jpeg { quality: 50 }),
            ("JPEG 10", Change::Jpeg { quality: 10 }),
            ("grayscale", Change::Grayscale),
            ("2 bits a sample", Change::Depth { bits: 2 }),
            ("blur, 0.8 px", Change::Blur { sigma: 0.8 }),
            ("half the size and back", halved),
        ];
        let mut all = Vec::new();
        for (row, change) in changes {
            for system in MAIN {
                let mut cell = self.cell(system)?;
                cell.change = change.clone();
                all.push(self.planned(row, system, cell));
            }
        }
        for system in MAIN.iter().filter(|_| self.0.adversary.is_some()) {
            let mut cell = self.cell(system)?;
            cell.victim.adversary = self.0.adversary;
            all.push(self.planned("adversarial training", system, cell));
        }
        Ok(all)
    }
}

/// The defenses of APBench (Qin et al. 2023, "APBench") by the names of its program's options, and with its numbers: a
/// change before training, and what differs in training.
fn defenses(scale: &Scale) -> Vec<(&'static str, Change, ClassifierRecipe)> {
    let plain = scale.victim(Architecture::Resnet18);
    let with = |change: &dyn Fn(&mut ClassifierRecipe)| {
        let mut victim = plain.clone();
        victim.augment = crop_and_flip(scale.seen_side());
        change(&mut victim);
        victim
    };
    let same = with(&|_| ());
    let jpeg = Change::Jpeg { quality: 10 };
    let ueraser = |victim: &mut ClassifierRecipe| {
        victim.augment.ueraser = Some(Ueraser::for_side(scale.seen_side()));
        victim.worst_of = scale.ueraser_draws;
    };
    let cutout = scale.seen_side() / 2;
    let mut all = vec![
        ("nodefense", Change::None, same.clone()),
        ("cutout", Change::None, with(&|v| v.augment.cutout = cutout)),
        ("cutmix", Change::None, with(&|v| v.augment.cut_mix = 1.0)),
        ("mixup", Change::None, with(&|v| v.augment.mix_up = 1.0)),
        // Its kernel of 3 px has a deviation of 0.1 px, which leaves every 8-bit image as it is.
        ("gaussian", Change::None, same.clone()),
        ("bdr", Change::Posterize { bits: 2 }, same.clone()),
        ("gray", Change::None, with(&|v| v.augment.grayscale = 1.0)),
        ("jpeg", jpeg, same),
        ("ueraser", Change::None, with(&ueraser)),
    ];
    if scale.adversary.is_some() {
        let hardened = with(&|v| v.adversary = scale.adversary);
        all.push(("at", Change::None, hardened));
    }
    all
}

/// The paper's augmentations. RHF is a random horizontal flip, RC a random crop of the padded image.
fn augmentations(side: usize) -> Vec<(&'static str, Augment)> {
    let both = crop_and_flip(side);
    let with = |change: &dyn Fn(&mut Augment)| {
        let mut augment = both.clone();
        change(&mut augment);
        augment
    };
    vec![
        ("RHF + RC", both.clone()),
        ("CutOut", with(&|a| a.cutout = side / 2)),
        ("MixUp", with(&|a| a.mix_up = 1.0)),
        ("CutMix", with(&|a| a.cut_mix = 1.0)),
        (
            "Fast AutoAugment",
            with(&|a| a.policy = Some(Policy::FastAutoAugment)),
        ),
        (
            "AutoAugment policy",
            with(&|a| a.policy = Some(Policy::AutoAugment)),
        ),
        ("none", Augment::none()),
        ("RHF", with(&|a| a.crop_padding = 0)),
        ("RC", with(&|a| a.flip = false)),
    ]
}

/// What the paper calls RHF + RC.
fn crop_and_flip(side: usize) -> Augment {
    Augment {
        crop_padding: side / 8,
        ..Augment::default()
    }
}
