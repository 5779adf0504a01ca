/// What runtimes allocate once and keep until the process ends, on purpose: caches, registries,
/// buffers of standard streams. A program can do nothing about it, and it does not grow.
///
/// Only functions that allocate for themselves are here. What calls back into the program, such as
/// an initializer or an import of Python code, may keep the program's own blocks and is not.
enum StandardLeakSuppressions {
  static let entries =
    streams.map { entry($0, mostBlocks: 3) }
    // libstdc++'s own initializer, which has no name in a stripped library.
    + [entry("^libstdc++.so*+0x", caller: "^call_init*")]
    + (cLibrary + cPlusPlus + glib + python + swift).map { entry($0) }

  private static func entry(
    _ template: String, caller: String? = nil, mostBlocks: Int? = nil
  ) -> LeakSuppressionList.Entry {
    LeakSuppressionList.Entry(
      suppression: LeakSuppression(template), isBuiltIn: true,
      caller: caller.map { LeakSuppression($0) }, mostBlocks: mostBlocks)
  }

  /// Buffers of stdin, stdout and stderr. A stack that made more has opened files of its own.
  private static let streams = ["^_IO_file_doallocate$", "^__GI__IO_file_doallocate$"]

  private static let cLibrary = [
    // Locales, message catalogues, character conversion.
    "^_nl_*", "^setlocale$", "^__GI_setlocale$", "^__wcsmbs_load_conv$",
    "^__gconv_*", "^bindtextdomain$", "^set_binding_values$", "^textdomain$", "^__dcigettext$",
    // Time zones, users and hosts.
    "^tzset_internal$", "^__tzfile_read$", "^__tzstring*", "^nss_*", "^__nss_*",
    "^__resolv_conf_*", "^__resolv_context_*",
    // The loader's own books, and per-thread storage that is kept for the next thread.
    "^_dl_new_object$", "^_dl_map_object*", "^_dl_allocate_tls*", "^_dl_check_map_versions$",
    "^add_to_global_resize*", "^_dl_resize_scope$", "^allocate_dtv$", "^_dlerror_run$",
    // Handlers of atexit.
    "^__new_exitfn$", "^__internal_atexit$",
  ]

  private static let cPlusPlus = [
    // The reserve from which exceptions are thrown when memory has run out.
    "(anonymous namespace)::pool::pool(", "__gnu_cxx::__freeres",
    "std::locale::_S_initialize*", "std::locale::classic()", "^__cxa_get_globals$",
  ]

  private static let glib = [
    "^g_type_init*", "^g_type_register_*", "^g_type_add_*", "^type_node_*", "^g_quark_init*",
    "^g_quark_from_static_string$", "^gobject_init*", "^glib_init*", "^g_type_class_ref$",
    "^g_param_spec_*",
    "^g_private_get$", "^g_thread_self$", "^g_get_charset*", "^g_get_language_names*",
    "^g_main_context_default$",
  ]

  private static let python = [
    "^Py_Initialize*", "^Py_PreInitialize*", "^_PyRuntime_*", "^pymain_init*", "^PyType_Ready$",
    "^_PyImport_LoadDynamicModule*", "^PyModule_Create2$",
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
