//! One page that needs no other file: tables, plots and pictures of all experiments.

use std::{fmt::Write as _, fs, path::Path};

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{Experiment, Report};
use crate::error::{Error, Result};

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}\
table{border-collapse:collapse;margin:1rem 0}td,th{border:1px solid #ccc;padding:.3rem .7rem;text-align:right}\
th:first-child,td:first-child{text-align:left}.yes{color:#18713a}.no{color:#a1260d}.open{color:#777}\
img,svg{max-width:100%;height:auto}code{background:#f3f3f3;padding:.1rem .3rem}";

pub(super) fn page(folder: &Path, reports: &[Report]) -> Result<String> {
    let mut body = String::new();
    for report in reports {
        section(&mut body, folder, report)?;
    }
    Ok(format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>ConfounderGAN, reproduced</title><style>{STYLE}</style><h1>ConfounderGAN, reproduced</h1>\
         <p>Clean-test accuracy of models that learned from protected images: the lower, the better the protection. \
         In parentheses: the highest accuracy of any epoch. \
         After ±: the standard deviation over victims of several seeds.</p>{body}</html>\n"
    ))
}

fn section(to: &mut String, folder: &Path, report: &Report) -> Result<()> {
    let _ = write!(
        to,
        "<h2>{}</h2><p>{}, scale {}, seed {}; {:.2} core hours on {}.<br><code>{}</code></p>",
        escape(&report.title),
        escape(&report.data),
        escape(&report.scale),
        report.seed,
        report.hours,
        escape(&report.run.machine),
        escape(&report.run.command)
    );
    table(to, report);
    if report.experiment == Experiment::Cost {
        cost(to, report);
    }
    for claim in &report.claims {
        let class = match claim.holds {
            Some(true) if !claim.unsure => "yes",
            Some(false) if !claim.unsure => "no",
            _ => "open",
        };
        let _ = write!(
            to,
            "<p class=\"{class}\"><b>{}:</b> {} ({})</p>",
            claim.outcome(),
            escape(&claim.text),
            escape(&claim.figures)
        );
    }
    for picture in &report.pictures {
        let path = folder.join(picture);
        let bytes = fs::read(&path).map_err(Error::io(&path))?;
        if picture.ends_with(".svg") {
            to.push_str(&String::from_utf8_lossy(&bytes));
        } else {
            let _ = write!(
                to,
                "<p>{}<br><img alt=\"{}\" src=\"data:image/png;base64,{}\"></p>",
                escape(picture),
                escape(picture),
                STANDARD.encode(bytes)
            );
        }
    }
    Ok(())
}

fn unique<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut all: Vec<&str> = Vec::new();
    names.for_each(|name| {
        if !all.contains(&name) {
            all.push(name);
        }
    });
    all
}

fn table(to: &mut String, report: &Report) {
    let rows = unique(report.cells.iter().map(|c| c.row.as_str()));
    let columns = unique(report.cells.iter().map(|c| c.column.as_str()));
    if rows.is_empty() {
        return;
    }
    to.push_str("<table><tr><th></th>");
    columns.iter().for_each(|c| {
        let _ = write!(to, "<th>{}</th>", escape(c));
    });
    for row in rows {
        let _ = write!(to, "</tr><tr><td>{}</td>", escape(row));
        for column in &columns {
            let planned = report.at(row, column);
            let text = planned.map(|cell| cell.text().unwrap_or_else(|| "not run yet".into()));
            let text = text.unwrap_or_default();
            let _ = write!(to, "<td>{text}</td>");
        }
    }
    to.push_str("</tr></table>");
}

fn cost(to: &mut String, report: &Report) {
    to.push_str("<table><tr><th>system</th><th>ms per image</th><th>training before, s</th></tr>");
    for cost in &report.costs {
        let _ = write!(
            to,
            "<tr><td>{}</td><td>{:.3}</td><td>{:.0}</td></tr>",
            escape(&cost.system),
            cost.milliseconds_per_image,
            cost.preparation_seconds
        );
    }
    to.push_str("</table>");
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
