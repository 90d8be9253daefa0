//! What wasmtime makes of the contract in `wit/`.

wasmtime::component::bindgen!({
    path: "../../wit",
    world: "policy-validator",
    imports: {
        // Waits for the drive reader.
        "portcullis:policy/config-drive": async | trappable,
        default: trappable,
    },
    exports: { default: async },
    ownership: Borrowing { duplicate_if_necessary: false },
});

pub(super) mod drive_reader {
    //! The world of the drive reader.

    wasmtime::component::bindgen!({
        path: "../../wit",
        world: "drive-reader",
        imports: { default: trappable },
        exports: { default: async },
        with: {
            // Goes from the reader to validators as it is.
            "portcullis:policy/drive-types": crate::sandbox::bindings::portcullis::policy::drive_types,
        },
    });
}

/// The other world: sanitizers.
pub(super) mod log_sanitizer {
    wasmtime::component::bindgen!({
        path: "../../wit",
        world: "log-sanitizer",
        exports: { default: async },
        ownership: Borrowing { duplicate_if_necessary: true },
    });
}
