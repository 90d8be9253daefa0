//! Memory that holds constants of the program.

use std::ops::Range;

use rustix::mm::{Advice, madvise};
use rustix::param::page_size;

/// Lets the system have the pages back that a constant lies in. Who reads it again gets it from the
/// program's file.
///
/// Code that comes with the program is copied when it is loaded. What it was copied from is megabytes
/// that would stay in memory for nothing.
pub(super) fn give_back(constant: &'static [u8]) {
    let Some(pages) = whole_pages(constant.as_ptr_range(), page_size()) else {
        return;
    };
    // Anything else, memory that was allocated and leaked say, would be lost.
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap_or_default();
    if !maps.lines().any(|line| is_constant(line, &pages)) {
        return;
    }
    let skipped = pages.start - constant.as_ptr().addr();
    let start = constant.as_ptr().wrapping_add(skipped).cast_mut();
    // SAFETY: the pages are mapped from a file and nobody can write to them, so that they hold, and
    // will hold again when somebody reads them, what is in the file.
    #[expect(unsafe_code, reason = "the system is told what it may forget")]
    let given = unsafe { madvise(start.cast(), pages.len(), Advice::LinuxDontNeed) };
    if let Err(error) = given {
        tracing::debug!(%error, "memory of compiled code is kept");
    }
}

/// The pages that lie in a range from one end to the other.
fn whole_pages(bytes: Range<*const u8>, page: usize) -> Option<Range<usize>> {
    let start = bytes.start.addr().checked_next_multiple_of(page)?;
    let end = bytes.end.addr() / page * page;
    (start < end).then_some(start..end)
}

/// Whether a line of `/proc/self/maps` (proc(5)) speaks of pages that hold what is in a file, and
/// of all these.
fn is_constant(line: &str, pages: &Range<usize>) -> bool {
    let mut words = line.split_ascii_whitespace();
    let (Some(addresses), Some(mode)) = (words.next(), words.next()) else {
        return false;
    };
    let inode = words.nth(2).unwrap_or("0");
    let hex = |text| usize::from_str_radix(text, 16).ok();
    let Some((start, end)) = addresses.split_once('-') else {
        return false;
    };
    let (Some(start), Some(end)) = (hex(start), hex(end)) else {
        return false;
    };
    start <= pages.start && pages.end <= end && mode == "r--p" && inode != "0"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_nobody_can_write_to_and_a_file_holds_is_constant() {
        let check = |line: &str, expected: bool| {
            assert_eq!(is_constant(line, &(0x2000..0x4000)), expected, "{line}");
        };
        check("1000-5000 r--p 00000000 fe:00 1234 /bin/portcullis", true);
        check("2000-4000 r--p 00000000 fe:00 1234 /bin/portcullis", true);
        check("1000-5000 rw-p 00000000 fe:00 1234 /bin/portcullis", false);
        check("1000-5000 r--s 00000000 fe:00 1234 /bin/portcullis", false);
        check("1000-5000 r--p 00000000 00:00 0", false);
        check("1000-5000 r--p 00000000 00:00 0 [heap]", false);
        check("3000-5000 r--p 00000000 fe:00 1234 /bin/portcullis", false);
        check("1000-3000 r--p 00000000 fe:00 1234 /bin/portcullis", false);
        check("1000-5000", false);
        check("1000 r--p 00000000 fe:00 1234 /bin/portcullis", false);
        check("", false);
    }

    #[test]
    fn what_is_given_back_is_still_there() {
        static CONSTANT: [u8; 1 << 16] = [0x5a; 1 << 16];
        let leaked: &'static [u8] = Box::leak(vec![0x5a; 1 << 16].into_boxed_slice());
        for bytes in [&CONSTANT[..], &CONSTANT[1..9000], &CONSTANT[..3], leaked] {
            give_back(bytes);
            assert!(bytes.iter().all(|byte| *byte == 0x5a));
        }
    }
}
