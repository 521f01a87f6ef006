//! Tables and figures from end to end, at a scale of seconds. The numbers mean nothing here.
#![allow(clippy::unwrap_used)]

use std::{
    fs,
    io::{Cursor, Write},
    path::Path,
};

use clap::ValueEnum;
use confounder_trainer::reproduce::{
    Bench, Change, Experiment, PhotosTable, RunInfo, Scale, Shard, Unseen, assemble, plan, run,
    run_experiment, write,
};

/// A MedMNIST archive of random images of two classes.
fn data(path: &Path) {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for (split, n) in [("train", 96_usize), ("test", 32)] {
        let pixels: Vec<u8> = (0..n * 32 * 32 * 3)
            .map(|i| (i * 7919 % 6007 % 251) as u8)
            .collect();
        let labels: Vec<u8> = (0..n).map(|i| (i % 2) as u8).collect();
        for (name, shape, data) in [
            ("images", format!("{n}, 32, 32, 3"), pixels),
            ("labels", format!("{n}, 1"), labels),
        ] {
            let header =
                format!("{{'descr': '|u1', 'fortran_order': False, 'shape': ({shape}), }}\n");
            zip.start_file(format!("{split}_{name}.npy"), options)
                .unwrap();
            zip.write_all(b"\x93NUMPY\x01\x00").unwrap();
            zip.write_all(&(header.len() as u16).to_le_bytes()).unwrap();
            zip.write_all(header.as_bytes()).unwrap();
            zip.write_all(&data).unwrap();
        }
    }
    fs::write(path, zip.finish().unwrap().into_inner()).unwrap();
}

/// The small scale, smaller.
fn scale() -> Scale {
    let mut table: toml::Table = include_str!("../recipes/reproduce-small.toml")
        .parse()
        .unwrap();
    table.insert("shares".into(), vec![0.4, 0.8].into());
    // One row of the photos' table for each kind of learner, change and mixture.
    let rows = [
        "as protected",
        "feed: JPEG 85, x0.72, JPEG 75",
        "automatic white balance",
        "grayscale",
        "colour jitter in training",
        "UEraser in training",
        "adversarial training",
        "a fifth unprotected",
        "a victim that knows ImageNet",
        "a denoiser trained on pairs",
    ];
    let mut photos = toml::Table::new();
    photos.insert("rows".into(), rows.to_vec().into());
    photos.insert("rivals".into(), vec!["emn"].into());
    photos.insert("bounds".into(), vec!["chroma"].into());
    table.insert("photos".into(), photos.into());
    let mut set = |path: &[&str], value: i64| {
        let (last, sections) = path.split_last().unwrap();
        let mut at = &mut table;
        for section in sections {
            at = at[*section].as_table_mut().unwrap();
        }
        at.insert((*last).into(), toml::Value::Integer(value));
    };
    set(&["images"], 64);
    set(&["ueraser_draws"], 2);
    set(&["others"], 32);
    for net in ["resnet18", "resnet50", "vgg11", "densenet121"] {
        set(&["widths", net], 2);
    }
    set(&["victim", "epochs"], 2);
    // Few images are left where most are protected and only the others learned from.
    set(&["victim", "batch"], 8);
    set(&["denoiser", "epochs"], 1);
    set(&["denoiser", "batch"], 16);
    for system in ["ours", "ours-ood", "ours-shuffled", "ours-literal"] {
        set(&["systems", system, "surrogate", "width"], 2);
        set(&["systems", system, "surrogate", "epochs"], 1);
        set(&["systems", system, "surrogate", "batch"], 16);
        set(&["systems", system, "training", "batch"], 16);
    }
    set(&["systems", "ours-literal", "training", "epochs"], 1);
    for system in ["emn", "emn-class"] {
        set(&["systems", system, "most_rounds"], 1);
        set(&["systems", system, "batch"], 16);
        set(&["systems", system, "width"], 2);
    }
    table.try_into().unwrap()
}

fn bench(folder: &Path, cells: &str) -> Bench {
    bench_of(scale(), folder, cells)
}

fn bench_of(scale: Scale, folder: &Path, cells: &str) -> Bench {
    let path = folder.join("set.npz");
    if !path.exists() {
        data(&path);
    }
    Bench::open(scale, &path, &folder.join(cells)).unwrap()
}

fn info() -> RunInfo {
    RunInfo {
        command: "test".into(),
        machine: "a machine".into(),
    }
}

#[test]
fn every_experiment_runs_from_end_to_end() {
    let folder = tempfile::tempdir().unwrap();
    let bench = bench(folder.path(), "cells");
    let out = folder.path().join("results");
    for &experiment in Experiment::value_variants() {
        run_experiment(&bench, experiment, None, 2).unwrap();
        let report = assemble(&bench, experiment, info()).unwrap();
        assert!(report.cells.iter().all(|c| c.result.is_some()));
        assert!(
            report.claims.iter().all(|c| c.holds.is_some()),
            "{experiment:?}"
        );
        write(&bench, &out, report).unwrap();
        assert!(out.join(format!("{}.json", experiment.name())).is_file());
    }
    let page = fs::read_to_string(out.join("index.html")).unwrap();
    for part in [
        "Table 1",
        "Fig. 6",
        "data:image/png;base64,",
        "<svg",
        "came out",
    ] {
        assert!(page.contains(part), "{part}");
    }
    // Nothing is fetched from elsewhere.
    for outside in ["src=\"http", "href=\"http", "<link", "<script"] {
        assert!(!page.contains(outside), "{outside}");
    }
}

#[test]
fn finished_cells_are_kept_and_shards_merge() {
    let folder = tempfile::tempdir().unwrap();
    let bench = bench(folder.path(), "cells");
    let planned = plan(Experiment::Fig2, &bench.scale).unwrap();
    let finished = || {
        let all = planned.iter().map(|one| bench.finished(&one.cell).unwrap());
        all.filter(Option::is_some).count()
    };
    run(&bench, &planned, "1/2".parse::<Shard>().ok(), 1).unwrap();
    assert_eq!((planned.len(), finished()), (3, 2));
    run(&bench, &planned, "2/2".parse::<Shard>().ok(), 1).unwrap();
    assert_eq!(finished(), 3);

    // A finished cell is read, not run: its seconds stay what they were.
    let before: Vec<f64> = planned
        .iter()
        .map(|one| bench.finished(&one.cell).unwrap().unwrap().victim_seconds)
        .collect();
    run(&bench, &planned, None, 1).unwrap();
    for (one, seconds) in planned.iter().zip(before) {
        let again = bench.finished(&one.cell).unwrap().unwrap();
        assert_eq!(again.victim_seconds, seconds);
    }

    // The report's command names the device of whoever ran the cells, not that of whoever writes it.
    let command = || {
        let report = assemble(&bench, Experiment::Fig2, info()).unwrap();
        report.run.command
    };
    assert!(!command().contains("--device"), "{}", command());
    for file in std::fs::read_dir(folder.path().join("cells")).unwrap() {
        let path = file.unwrap().path();
        let name = path.to_string_lossy();
        if name.ends_with(".json") && !name.ends_with(".system.json") {
            let text = std::fs::read(&path).unwrap();
            let mut cell: serde_json::Value = serde_json::from_slice(&text).unwrap();
            cell["device"] = "cuda".into();
            std::fs::write(&path, cell.to_string()).unwrap();
        }
    }
    assert!(command().ends_with(" --device cuda"), "{}", command());

    // Another seed, victim or change is another cell.
    let mut cell = planned[0].cell.clone();
    cell.change = Change::Grayscale;
    assert!(bench.finished(&cell).unwrap().is_none());
}

#[test]
fn cost_and_pictures_are_made_by_the_first_shard_and_never_by_the_report() {
    let folder = tempfile::tempdir().unwrap();
    let bench = bench(folder.path(), "cells");
    let out = folder.path().join("results");
    let report = |experiment| assemble(&bench, experiment, info()).unwrap();
    let pictures = || {
        write(&bench, &out, report(Experiment::Fig6)).unwrap();
        let names = fs::read_dir(&out).unwrap().map(|f| f.unwrap().file_name());
        names
            .filter(|name| name.to_string_lossy().ends_with(".png"))
            .count()
    };
    let run_shard = |experiment, shard: &str| {
        let shard = shard.parse::<Shard>().unwrap();
        run_experiment(&bench, experiment, Some(shard), 1).unwrap();
    };
    for experiment in [Experiment::Cost, Experiment::Fig6] {
        run_shard(experiment, "2/2");
    }
    assert_eq!((report(Experiment::Cost).costs.len(), pictures()), (0, 0));
    for experiment in [Experiment::Cost, Experiment::Fig6] {
        run_shard(experiment, "1/2");
    }
    let costs = report(Experiment::Cost).costs;
    assert_eq!((costs.len(), pictures()), (3, 5));
    // What a generator learns before its first image is counted though fig6's protection has learned it too.
    let of = |system: &str| costs.iter().find(|c| c.system == system).unwrap();
    assert!(of("ours").preparation_seconds > 0.0 && of("emn").preparation_seconds == 0.0);
    assert!(costs.iter().all(|c| c.milliseconds_per_image > 0.0));
    run_shard(Experiment::Cost, "1/2");
    assert_eq!(report(Experiment::Cost).costs, costs, "measured once");
}

#[test]
fn kinds_that_a_generator_never_saw_are_measured_alone_and_without_its_file_left_open() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("generator.onnx");
    let mut scale = scale();
    scale.photos = PhotosTable {
        rows: vec!["as protected".into()],
        unseen: Some(Unseen {
            classes: vec![1, 0],
            without: "ours, without them".into(),
        }),
        ..PhotosTable::default()
    };
    scale.systems.retain(|name, _| name == "clean");
    let generator = confounder::Generator::bundled().unwrap();
    let path = format!("path = {file:?}\nsha256 = {:?}", generator.sha256());
    for (name, more) in [("ours", ""), ("ours, without them", path.as_str())] {
        let text = format!("kind = \"file\"\nstrength = 1.0\n{more}");
        scale
            .systems
            .insert(name.into(), toml::from_str(&text).unwrap());
    }
    let bench = bench_of(scale, folder.path(), "cells");
    let planned = plan(Experiment::Photos, &bench.scale).unwrap();
    let report = || {
        run(&bench, &planned, None, 2).unwrap();
        assemble(&bench, Experiment::Photos, info()).unwrap()
    };
    let without = "unseen: ours, without them";
    let before = report();
    let open: Vec<_> = before.cells.iter().filter(|c| c.result.is_none()).collect();
    assert_eq!(open.len(), 1);
    assert_eq!(open[0].column, without);
    let of = |column| {
        let place = before.at("as protected", column).unwrap();
        place.result.as_ref().unwrap()
    };
    assert_ne!(of("unseen: clean").data_sha256, of("clean").data_sha256);
    assert_ne!(of("unseen: ours").epochs, of("ours").epochs);
    assert!(of("unseen: ours").psnr_db.is_some());

    fs::write(&file, generator.bytes()).unwrap();
    let after = report();
    assert!(after.at("as protected", without).unwrap().result.is_some());

    // Two classes: 60 % is a quarter of the way from chance to 90 %.
    for file in fs::read_dir(folder.path().join("cells")).unwrap() {
        let path = file.unwrap().path();
        let Ok(mut cell) = serde_json::from_slice::<serde_json::Value>(&fs::read(&path).unwrap())
        else {
            continue;
        };
        let of = &cell["cell"];
        if of["part"] == "unseen" {
            let clean = of["system"]["kind"] == "none";
            cell["last"] = if clean { 90.0 } else { 60.0 }.into();
            fs::write(&path, cell.to_string()).unwrap();
        }
    }
    let scores = &report().extra["scores"]["gap_kept_percent"];
    assert_eq!(scores["unseen_classes"], 25.0);
}

#[test]
fn gradients_are_taken_on_what_victims_see() {
    let folder = tempfile::tempdir().unwrap();
    let mut scale = scale();
    scale.view = 16;
    let bench = bench_of(scale, folder.path(), "cells");
    let planned = plan(Experiment::Gradients, &bench.scale).unwrap();
    run(&bench, &planned, None, 2).unwrap();
    let report = assemble(&bench, Experiment::Gradients, info()).unwrap();
    let result = report.at("ours", "ResNet-18").unwrap().result.as_ref();
    let probes = &result.unwrap().probes;
    assert_eq!(probes.len(), 2);
    assert!(probes.iter().all(|p| p.cosine > -1.0 && p.cosine < 1.0));
}

#[test]
fn several_victims_share_a_place_and_differ_by_their_seed() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = bench(folder.path(), "cells");
    let once = plan(Experiment::Fig2, &bench.scale).unwrap();
    bench.scale.repeats = 2;
    let twice = plan(Experiment::Fig2, &bench.scale).unwrap();
    assert_eq!((once.len(), twice.len()), (3, 6));
    assert_eq!(once[..], twice[..3], "the first victims come first");
    run(&bench, &twice, None, 2).unwrap();
    let report = assemble(&bench, Experiment::Fig2, info()).unwrap();
    assert_eq!(report.cells.len(), 3);
    for place in &report.cells {
        let (first, again) = (place.result.as_ref().unwrap(), &place.repeats);
        assert_eq!((again.len(), again[0].seed), (1, first.seed + 1));
        assert_ne!(again[0].epochs[0].loss, first.epochs[0].loss);
        assert_eq!(again[0].psnr_db, first.psnr_db, "protected once");
        let mean = report.accuracy(&place.row, &place.column).unwrap().mean;
        assert!((mean - (first.last + again[0].last) / 2.0).abs() < 1e-9);
        assert!(place.text().unwrap().contains('±'));
    }
}
