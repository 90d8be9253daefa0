//! What a process and its children use, as the kernel counts it.

use std::fs;
use std::path::Path;
use std::time::Duration;

/// CPU time of a process and its children, all their threads.
pub fn cpu(process: u32) -> Duration {
    tree(process).into_iter().map(cpu_of_one).sum()
}

/// Memory of a process; of what it shares with others, its part.
pub fn memory_mib(process: u32) -> f64 {
    let text = read(process, "smaps_rollup");
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<f64>().ok());
    kib.expect("a number of KiB") / 1024.0
}

/// How many files and sockets a process has open.
pub fn open_files(process: u32) -> usize {
    let list = fs::read_dir(format!("/proc/{process}/fd"));
    list.expect("the files of a process that runs").count()
}

fn tree(process: u32) -> Vec<u32> {
    let children = read(process, &format!("task/{process}/children"));
    let children = children
        .split_whitespace()
        .map(|child| child.parse().expect("a process id"));
    std::iter::once(process)
        .chain(children.flat_map(tree))
        .collect()
}

fn cpu_of_one(process: u32) -> Duration {
    let text = read(process, "stat");
    // The name, in parentheses, may hold anything.
    let (_, numbers) = text.rsplit_once(')').expect("a name in parentheses");
    let mut numbers = numbers.split_whitespace().skip(11);
    let mut ticks = || -> u64 {
        let number = numbers.next().and_then(|number| number.parse().ok());
        number.expect("a number of ticks")
    };
    let (user, system) = (ticks(), ticks());
    Duration::from_secs(user + system) / TICKS_PER_SECOND
}

/// What Linux shows to programs, whatever it counts in itself (`USER_HZ`).
const TICKS_PER_SECOND: u32 = 100;

fn read(process: u32, file: &str) -> String {
    let path = Path::new("/proc").join(process.to_string()).join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
