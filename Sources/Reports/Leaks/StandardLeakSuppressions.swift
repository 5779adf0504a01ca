/// What runtimes allocate once and keep until the process ends, on purpose: caches, registries,
/// buffers of standard streams. A program can do nothing about it, and it does not grow.
///
/// What calls back into the program, such as an initializer or an import of Python code, is here as
/// well: a suppression that is built in ends at the first frame of the program's own.
enum StandardLeakSuppressions {
  static let entries =
    streams.map { entry($0, mostBlocks: 3) } + imports
    + environment.map { entry($0, mostBlocks: 64) }
    + (loops + slices).map { entry($0, mostBlocks: 2) }
    + (cLibrary + cPlusPlus + parallel + glib + toolkits + python + rust + swift)
    .map { entry($0) }

  /// What importing a module leaves, and a few types and names besides: they live as long as the
  /// interpreter. One stack that leaves more has a reason of its own.
  private static let imports = [
    interpreted("^PyImport_ImportModuleLevelObject$", mostBlocks: 64, mostBytes: 64 << 10),
    interpreted("^type_new$", mostBlocks: 8, mostBytes: 8 << 10),
    interpreted("^PyType_Ready$", mostBlocks: 8, mostBytes: 8 << 10),
    interpreted("^insertdict$", mostBlocks: 1, mostBytes: 4 << 10),
  ]

  private static func interpreted(
    _ template: String, mostBlocks: Int, mostBytes: Int
  ) -> LeakSuppressionList.Entry {
    LeakSuppressionList.Entry(
      suppression: LeakSuppression(template), isBuiltIn: true, mostBlocks: mostBlocks,
      mostBytes: mostBytes, spansInterpreters: true)
  }

  private static func entry(
    _ template: String, mostBlocks: Int? = nil
  ) -> LeakSuppressionList.Entry {
    LeakSuppressionList.Entry(
      suppression: LeakSuppression(template), isBuiltIn: true, mostBlocks: mostBlocks)
  }

  /// Buffers of stdin, stdout and stderr. A stack that made more has opened files of its own.
  private static let streams = ["^_IO_file_doallocate$", "^__GI__IO_file_doallocate$"]

  /// Variables that were set, which are never freed. One that is set for ever is a leak.
  private static let environment = ["^__add_to_environ$", "^setenv$", "^putenv$"]

  private static let cLibrary = [
    // Initializers of libraries, at the start and when they are opened.
    "^call_init*", "^_dl_init*", "^_dl_start_user$",
    // Locales, message catalogues, character conversion.
    "^_nl_*", "^setlocale$", "^__GI_setlocale$", "^__wcsmbs_load_conv$",
    "^__gconv_*", "^bindtextdomain$", "^set_binding_values$", "^textdomain$", "^__dcigettext$",
    // Time zones, users and hosts. The answers to questions stand in buffers that are used again.
    "^tzset_internal$", "^__tzfile_read$", "^__tzstring*", "^nss_*", "^__nss_*",
    "^__resolv_conf_*", "^__resolv_context_*", "^__res_context_send$", "^__check_pf$",
    "^getpwuid$", "^getpwnam$", "^getgrgid$", "^getgrnam$", "^gethostbyname*", "^gethostbyaddr$",
    "^getservbyname$", "^getservbyport$", "^getprotobyname$", "^getprotobynumber$",
    // The loader's own books, and per-thread storage that is kept for the next thread.
    "^_dl_new_object$", "^_dl_map_object*", "^_dl_allocate_tls*", "^_dl_check_map_versions$",
    "^add_to_global_resize*", "^_dl_resize_scope$", "^allocate_dtv$", "^_dlerror_run$",
    // The last message, which a thread has until the next one.
    "^dlerror$",
    // Handlers of atexit.
    "^__new_exitfn$", "^__internal_atexit$",
  ]

  private static let cPlusPlus = [
    // The reserve from which exceptions are thrown when memory has run out.
    "(anonymous namespace)::pool::pool(", "__gnu_cxx::__freeres",
    "std::locale::_S_initialize*", "std::locale::classic()", "^__cxa_get_globals$",
  ]

  private static let parallel = [
    // OpenMP's teams and the pools of TBB, which live as long as their threads may be wanted.
    "^GOMP_*", "^tbb::detail::r1::*",
  ]

  private static let glib = [
    "^g_type_init*", "^g_type_register_*", "^g_type_add_*", "^type_node_*", "^g_quark_init*",
    "^g_quark_from_static_string$", "^gobject_init*", "^glib_init*", "^g_type_class_ref$",
    "^g_param_spec_*",
    "^g_private_get$", "^g_thread_self$", "^g_get_charset*", "^g_get_language_names*",
    "^g_main_context_*",
    // GIO's types, modules and the one file system of each kind, made at first use.
    "^g_*_get_type$", "^g_io_extension_point_*", "^g_io_modules_*", "^g_vfs_get_*",
  ]

  private static let toolkits = [
    "^gtk_init*", "^gdk_display_manager_open_display$",
    "^QCoreApplication::QCoreApplication(", "^QGuiApplication::QGuiApplication(",
    "^QApplication::QApplication(", "^QCoreApplicationPrivate::init(",
    "^QGuiApplicationPrivate::init(", "^QApplicationPrivate::init(",
    "^QEventDispatcherGlibPrivate::QEventDispatcherGlibPrivate(", "^QFontCache::instance(",
    "^QTextCodec::codecForLocale(", "^QPlatformIntegration::accessibility(",
    // What fonts are called, and where they are; ICU's tables.
    "^FcInit*", "^FcDefaultSubstitute$", "^FcGetDefaultLangs$", "^FcConfigSubstituteWithPat$",
    "^UDataMemory_createNewInstance_*",
  ]

  /// The lists of an event loop, which are as long as they ever were.
  private static let loops = ["^QEventLoop::exec(", "^QCoreApplication::postEvent("]

  /// A chunk of GLib's slices is kept for the next ones. Each names who needed it first.
  private static let slices = ["^g_slice_alloc$"]

  private static let python = [
    // The interpreter's start and end, and what a module makes when it is imported.
    "^Py_Initialize*", "^Py_PreInitialize*", "^_PyRuntime_*", "^pymain_init*", "^new_arena$",
    "^_PyImport_LoadDynamicModule*", "^PyModule_Create2$", "^PyModule_ExecDef$",
  ]

  private static let rust = [
    "^std::rt::init$", "^std::rt::lang_start_internal*",
    // The debug information by which a panic names its frames, read once.
    "std::backtrace_rs::symbolize::gimli::",
  ]

  private static let swift = [
    // Metadata of types, conformances and keys, made at first use.
    "^swift_getGenericMetadata$", "^_swift_getGenericMetadata$", "^swift_getSingletonMetadata$",
    "^swift_getForeignTypeMetadata$", "^swift_getTupleTypeMetadata*",
    "^swift_getFunctionTypeMetadata*", "^swift_getExistentialTypeMetadata$",
    "^swift_getTypeByMangledName*", "^swift_getWitnessTable$", "^swift_getAssociatedTypeWitness*",
    "^swift_conformsToProtocol*", "^swift_initClassMetadata*",
    "^swift_allocateGenericClassMetadata*",
    "^swift_getKeyPath*", "swift::MetadataAllocator::", "swift::runtime::environment::initialize",
  ]
}
