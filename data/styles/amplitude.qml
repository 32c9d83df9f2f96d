<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<!-- SPDX-License-Identifier: MIT -->
<!-- Amounts from 0 (light): amplitudes in m, numbers of pairs. -->
<qgis version="3.22.0" styleCategories="LayerConfiguration|Symbology">
  <pipe>
    <provider>
      <resampling enabled="false" zoomedInResamplingMethod="nearestNeighbour" zoomedOutResamplingMethod="nearestNeighbour" maxOversampling="2"/>
    </provider>
    <rasterrenderer type="singlebandpseudocolor" band="1" opacity="1" alphaBand="-1" nodataColor="" classificationMin="0" classificationMax="0.02">
      <rasterTransparency/>
      <minMaxOrigin>
        <limits>None</limits>
        <extent>WholeRaster</extent>
        <statAccuracy>Estimated</statAccuracy>
      </minMaxOrigin>
      <rastershader>
        <colorrampshader colorRampType="INTERPOLATED" classificationMode="1" clip="0" minimumValue="0" maximumValue="0.02" labelPrecision="4">
          <item value="0" label="0" color="#f7f4e9" alpha="255"/>
          <item value="0.00125" label="0.00125" color="#e1e9d8" alpha="255"/>
          <item value="0.0025" label="0.0025" color="#cbdec8" alpha="255"/>
          <item value="0.00375" label="0.00375" color="#b5d3b7" alpha="255"/>
          <item value="0.005" label="0.005" color="#9fc8a6" alpha="255"/>
          <item value="0.00625" label="0.00625" color="#87baa2" alpha="255"/>
          <item value="0.0075" label="0.0075" color="#6fac9e" alpha="255"/>
          <item value="0.00875" label="0.00875" color="#579d99" alpha="255"/>
          <item value="0.01" label="0.01" color="#3f8f95" alpha="255"/>
          <item value="0.01125" label="0.01125" color="#377f8c" alpha="255"/>
          <item value="0.0125" label="0.0125" color="#307082" alpha="255"/>
          <item value="0.01375" label="0.01375" color="#286078" alpha="255"/>
          <item value="0.015" label="0.015" color="#20506f" alpha="255"/>
          <item value="0.01625" label="0.01625" color="#1d4462" alpha="255"/>
          <item value="0.0175" label="0.0175" color="#1a3856" alpha="255"/>
          <item value="0.01875" label="0.01875" color="#172d4a" alpha="255"/>
          <item value="0.02" label="0.02" color="#14213d" alpha="255"/>
          <rampLegendSettings useContinuousLegend="1" orientation="2" direction="0" prefix="" suffix=" m/yr" minimumLabel="" maximumLabel=""/>
        </colorrampshader>
      </rastershader>
    </rasterrenderer>
    <brightnesscontrast brightness="0" contrast="0" gamma="1"/>
    <huesaturation saturation="0" grayscaleMode="0" colorizeOn="0"/>
    <rasterresampler maxOversampling="2"/>
  </pipe>
  <blendMode>0</blendMode>
</qgis>
