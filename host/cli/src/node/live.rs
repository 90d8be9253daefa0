//! Lines that change while orders are carried out, on a terminal only: one for each node.

use std::io::IsTerminal;
use std::time::Duration;

use portcullis::lifecycle::{Phase, Progress};
use tokio::sync::watch;
use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::output;

/// Between two pictures.
const PICTURE: Duration = Duration::from_millis(200);
/// Most lines: the rest is counted.
const LINES: usize = 20;
/// Rows and columns of a terminal that does not say how many it has.
const SIZE: (usize, usize) = (24, 80);

/// The lines.
pub struct Live {
    nodes: Vec<(String, watch::Receiver<Progress>, bool)>,
    shown: usize,
    is_on: bool,
    interval: Interval,
}

impl Live {
    /// For these nodes. Nothing is shown where standard error is no terminal.
    pub fn new(names: &[String], progress: Vec<watch::Receiver<Progress>>) -> Self {
        let mut interval = interval(PICTURE);
        interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let nodes = names.iter().cloned().zip(progress);
        Self {
            nodes: nodes
                .map(|(name, progress)| (name, progress, false))
                .collect(),
            shown: 0,
            is_on: std::io::stderr().is_terminal(),
            interval,
        }
    }

    /// Waits until it is time for the next picture, and shows it.
    pub async fn tick(&mut self) {
        self.interval.tick().await;
        if self.is_on {
            self.clear();
            self.show();
        }
    }

    /// Takes the lines away.
    pub fn clear(&mut self) {
        if self.shown > 0 {
            output::take_back(self.shown);
            self.shown = 0;
        }
    }

    /// A node needs no line any more.
    pub fn ended(&mut self, node: &str) {
        for (name, _, ended) in &mut self.nodes {
            *ended |= name == node;
        }
    }

    fn show(&mut self) {
        // A line that wraps, or is above the screen, could not be taken back.
        let (rows, columns) = output::terminal_size().unwrap_or(SIZE);
        let (lines, columns) = (LINES.min(rows.saturating_sub(2)), columns.saturating_sub(1));
        let under_way: Vec<_> = self.nodes.iter().filter(|(.., ended)| !ended).collect();
        let names = under_way.iter().map(|(name, ..)| name.chars().count());
        let width = names.max().unwrap_or_default();
        for (name, progress, _) in under_way.iter().take(lines) {
            let line = line(&format!("{name:width$}"), &progress.borrow());
            output::note(line.chars().take(columns).collect::<String>());
        }
        self.shown = under_way.len().min(lines);
        if under_way.len() > lines {
            output::note(format_args!("and {} more", under_way.len() - lines));
            self.shown += 1;
        }
    }
}

/// Time that has passed, state, target, what is done and what is waited for: what is cut off at the
/// edge of a terminal can be missed most easily.
fn line(name: &str, progress: &Progress) -> String {
    let phase = match progress.phase {
        Phase::Queued => "waits for its turn",
        Phase::Planning => "is looked at and judged",
        Phase::Running => "",
        Phase::TakingBack => "taking back ",
        Phase::Ended => "has ended",
    };
    let mut text = format!("{name} {:>5} s  {phase}", progress.elapsed().as_secs());
    if matches!(progress.phase, Phase::Running | Phase::TakingBack) {
        text.push_str(&format!("{}/{}", progress.step, progress.steps));
        if let Some(state) = &progress.state {
            text.push_str(&format!(" {state}"));
        }
        if let Some(target) = &progress.target {
            text.push_str(&format!(" -> {target}"));
        }
        text.push_str(&format!(" | {}", progress.doing));
        if let Some(waits_for) = &progress.waits_for {
            text.push_str(&format!(" | until {waits_for}"));
        }
    }
    text
}
