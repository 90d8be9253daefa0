use super::*;

#[test]
fn cases() {
    portcullis_guest::testing::run_cases::<Policy>("cases");
}

/// The defaults in the schema are what operators read, those in the code are what counts.
#[test]
fn documented_defaults_are_the_ones_that_hold() {
    let documented = portcullis_guest::testing::documented_settings::<Policy>();
    assert_eq!(
        format!("{documented:?}"),
        format!("{:?}", Settings::default())
    );
}
