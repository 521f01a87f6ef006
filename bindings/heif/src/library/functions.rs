//! libheif's functions and structures as `heif.h` declares them.

use std::ffi::{c_char, c_int, c_void};

/// `struct heif_error`.
#[repr(C)]
pub(super) struct Status {
    pub(super) code: c_int,
    pub(super) subcode: c_int,
    pub(super) message: *const c_char,
}

/// The beginning of `struct heif_decoding_options`, up to the only field that is set.
#[repr(C)]
pub(super) struct DecodingOptions {
    pub(super) version: u8,
    pub(super) ignore_transformations: u8,
    pub(super) callbacks: [*const c_void; 3],
    pub(super) user_data: *mut c_void,
    pub(super) convert_hdr_to_8bit: u8,
}

/// The beginning of `struct heif_color_profile_nclx`.
#[repr(C)]
pub(super) struct CodePoints {
    pub(super) version: u8,
    pub(super) primaries: c_int,
    pub(super) transfer: c_int,
}

/// `struct heif_writer`.
#[repr(C)]
pub(super) struct Writer {
    pub(super) version: c_int,
    pub(super) write: extern "C" fn(*mut c_void, *const c_void, usize, *mut c_void) -> Status,
}

macro_rules! functions {
    ($($name:ident: fn($($argument:ty),*) $(-> $result:ty)?;)+) => {
        /// libheif's functions by their names without `heif_`.
        #[expect(non_snake_case, reason = "the names are those of `heif.h`")]
        pub(super) struct Functions {
            $(pub(super) $name: unsafe extern "C" fn($($argument),*) $(-> $result)?,)+
        }

        impl Functions {
            pub(super) fn load(library: &libloading::Library) -> std::result::Result<Self, libloading::Error> {
                // SAFETY: the types are those of `heif.h`, the same in every version from 1.15 on.
                Ok(unsafe {
                    Self { $($name: *library.get(concat!("heif_", stringify!($name), "\0").as_bytes())?,)+ }
                })
            }
        }
    };
}

pub(super) type Pointer = *mut c_void;

functions! {
    init: fn(Pointer) -> Status;
    context_alloc: fn() -> Pointer;
    context_free: fn(Pointer);
    context_set_maximum_image_size_limit: fn(Pointer, c_int);
    context_read_from_memory_without_copy: fn(Pointer, *const c_void, usize, *const c_void) -> Status;
    context_get_number_of_top_level_images: fn(Pointer) -> c_int;
    context_get_primary_image_handle: fn(Pointer, *mut Pointer) -> Status;
    image_handle_release: fn(Pointer);
    image_handle_get_width: fn(Pointer) -> c_int;
    image_handle_get_height: fn(Pointer) -> c_int;
    image_handle_has_alpha_channel: fn(Pointer) -> c_int;
    image_handle_get_luma_bits_per_pixel: fn(Pointer) -> c_int;
    image_handle_get_number_of_metadata_blocks: fn(Pointer, *const c_char) -> c_int;
    image_handle_get_list_of_metadata_block_IDs: fn(Pointer, *const c_char, *mut u32, c_int) -> c_int;
    image_handle_get_metadata_type: fn(Pointer, u32) -> *const c_char;
    image_handle_get_metadata_content_type: fn(Pointer, u32) -> *const c_char;
    image_handle_get_metadata_size: fn(Pointer, u32) -> usize;
    image_handle_get_metadata: fn(Pointer, u32, Pointer) -> Status;
    image_handle_get_color_profile_type: fn(Pointer) -> u32;
    image_handle_get_raw_color_profile_size: fn(Pointer) -> usize;
    image_handle_get_raw_color_profile: fn(Pointer, Pointer) -> Status;
    image_handle_get_nclx_color_profile: fn(Pointer, *mut *mut CodePoints) -> Status;
    nclx_color_profile_free: fn(*mut CodePoints);
    decoding_options_alloc: fn() -> *mut DecodingOptions;
    decoding_options_free: fn(*mut DecodingOptions);
    decode_image: fn(Pointer, *mut Pointer, c_int, c_int, *const DecodingOptions) -> Status;
    image_release: fn(Pointer);
    image_get_width: fn(Pointer, c_int) -> c_int;
    image_get_height: fn(Pointer, c_int) -> c_int;
    image_get_chroma_format: fn(Pointer) -> c_int;
    image_get_plane_readonly: fn(Pointer, c_int, *mut c_int) -> *const u8;
    have_encoder_for_format: fn(c_int) -> c_int;
    image_create: fn(c_int, c_int, c_int, c_int, *mut Pointer) -> Status;
    image_add_plane: fn(Pointer, c_int, c_int, c_int, c_int) -> Status;
    image_get_plane: fn(Pointer, c_int, *mut c_int) -> *mut u8;
    image_set_raw_color_profile: fn(Pointer, *const c_char, *const c_void, usize) -> Status;
    context_get_encoder_for_format: fn(Pointer, c_int, *mut Pointer) -> Status;
    encoder_release: fn(Pointer);
    encoder_set_lossy_quality: fn(Pointer, c_int) -> Status;
    encoder_set_parameter_string: fn(Pointer, *const c_char, *const c_char) -> Status;
    context_encode_image: fn(Pointer, Pointer, Pointer, *const c_void, *mut Pointer) -> Status;
    context_add_exif_metadata: fn(Pointer, Pointer, *const c_void, c_int) -> Status;
    context_add_XMP_metadata: fn(Pointer, Pointer, *const c_void, c_int) -> Status;
    context_write: fn(Pointer, *mut Writer, Pointer) -> Status;
}
