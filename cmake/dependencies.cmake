# SPDX-License-Identifier: MIT
# GDAL 3.6 accepts only its own minor version in find_package, so the version is checked afterwards.
find_package(GDAL CONFIG REQUIRED)
if(GDAL_VERSION VERSION_LESS 3.6)
  message(FATAL_ERROR "GDAL ${GDAL_VERSION} is too old: 3.6 or newer is needed")
endif()
find_package(OpenMP REQUIRED COMPONENTS C)
find_package(PkgConfig REQUIRED)
pkg_check_modules(LAPACKE REQUIRED IMPORTED_TARGET lapacke)
pkg_check_modules(CJSON REQUIRED IMPORTED_TARGET libcjson)

# Where GDAL looks for plugins: recent GDAL says so itself.
if(NOT IH_GDAL_PLUGIN_DIR)
  find_program(GDAL_CONFIG gdal-config)
  if(GDAL_CONFIG)
    execute_process(COMMAND ${GDAL_CONFIG} --plugindir OUTPUT_VARIABLE plugin_dir
                    ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE failed)
  endif()
  if(failed OR NOT plugin_dir MATCHES "^/" OR NOT CMAKE_INSTALL_PREFIX MATCHES "^/usr/?$")
    set(plugin_dir "${CMAKE_INSTALL_LIBDIR}/gdalplugins")
  endif()
  set(IH_GDAL_PLUGIN_DIR "${plugin_dir}" CACHE STRING "Folder the GDAL plugin is installed to")
endif()
